// How every function of the C API is entered: argument sizes are checked, exceptions stop here, and an
// `absl::Status` becomes a `PJRT_Error`.
//
// The C API grows by appending fields, so a caller built against an older header passes smaller structs. Each
// entry names the last field that it cannot do without; later fields are only touched after `BERING_HAS_FIELD`.

#ifndef BERING_PJRT_CPU_ENTRY_H_
#define BERING_PJRT_CPU_ENTRY_H_

#include <cstddef>
#include <utility>

#include "xla.h"

namespace bering {

// Ownership passes to the caller, who frees it with `PJRT_Error_Destroy`; nullptr for an OK status.
PJRT_Error* ToError(absl::Status status);

// Consumes an error made by us or, through its function table, by anybody else.
absl::Status TakeStatus(PJRT_Error* error);

// A status from the separate code and message that several C structs carry.
absl::Status MakeStatus(PJRT_Error_Code code, const char* message, size_t message_size);

// Attaches `key`/`value` pairs to an error status.
absl::Status AddPayload(absl::Status status, const PJRT_NamedValue* payload, size_t num_payload);

// The factory that callbacks of the C API receive, to report their own failures.
PJRT_Error* NewCallbackError(PJRT_Error_Code code, const char* message, size_t message_size);

// Out of line, so that the paths that never run stay out of the wrappers.
PJRT_Error* ArgumentSizeError(const char* function, size_t expected, const size_t* actual);
PJRT_Error* CurrentExceptionError(const char* function);
absl::Status NullArgument(const char* field);

template <typename Args, typename Body>
inline PJRT_Error* Enter(const char* function, size_t required_size, Args* args, Body&& body) noexcept {
  if (ABSL_PREDICT_FALSE(args == nullptr || args->struct_size < required_size)) {
    return ArgumentSizeError(function, required_size, args == nullptr ? nullptr : &args->struct_size);
  }
  try {
    absl::Status status = body(args);
    return ABSL_PREDICT_TRUE(status.ok()) ? nullptr : ToError(std::move(status));
  } catch (...) {
    return CurrentExceptionError(function);
  }
}

}  // namespace bering

// Defines the C entry point `PJRT_<Name>`; the body that follows gets `args` and returns an `absl::Status`.
#define BERING_ENTRY(Name, last_required_field)                                                            \
  static absl::Status Name##_Body(PJRT_##Name##_Args* args);                                               \
  PJRT_Error* Name(PJRT_##Name##_Args* args) {                                                             \
    constexpr size_t kRequired = PJRT_STRUCT_SIZE(PJRT_##Name##_Args, last_required_field);                \
    return ::bering::Enter("PJRT_" #Name, kRequired, args, Name##_Body);                                   \
  }                                                                                                        \
  static absl::Status Name##_Body([[maybe_unused]] PJRT_##Name##_Args* args)

// True if the caller's struct is large enough to hold `field`.
#define BERING_HAS_FIELD(Struct, pointer, field) \
  ((pointer)->struct_size >= (PJRT_STRUCT_SIZE(Struct, field)))

// Returns INVALID_ARGUMENT from the current function if a pointer the call needs is null.
#define BERING_REQUIRE(pointer)                                         \
  do {                                                                  \
    if (ABSL_PREDICT_FALSE((pointer) == nullptr)) {                     \
      return ::bering::NullArgument(#pointer);                          \
    }                                                                   \
  } while (false)

#endif  // BERING_PJRT_CPU_ENTRY_H_
