// `PJRT_Error`: an `absl::Status` behind the function table that the C API prescribes.

#include "error.h"

#include <exception>
#include <new>
#include <string>

#include "entry.h"

namespace bering {
namespace {

struct StatusError : PJRT_Error {
  absl::Status status;
};

const absl::Status& StatusOf(const PJRT_Error* error) { return static_cast<const StatusError*>(error)->status; }

void Destroy(PJRT_Error* error) { delete static_cast<StatusError*>(error); }

void Message(const PJRT_Error* error, const char** message, size_t* size) {
  absl::string_view text = StatusOf(error).message();
  *message = text.data();
  *size = text.size();
}

// PJRT and absl number their codes alike.
PJRT_Error_Code Code(const PJRT_Error* error) { return static_cast<PJRT_Error_Code>(StatusOf(error).code()); }

void ForEachPayload(const PJRT_Error* error, PJRT_Error_PayloadVisitor visitor, void* user_arg) {
  StatusOf(error).ForEachPayload([&](absl::string_view key, const absl::Cord& value) {
    std::string flat(value);
    visitor(key.data(), key.size(), flat.data(), flat.size(), user_arg);
  });
}

constexpr PJRT_Error_FunctionTable kStatusErrorTable = {
    PJRT_Error_FunctionTable_STRUCT_SIZE, PJRT_Error_STRUCT_SIZE, nullptr, Destroy, Message, Code, ForEachPayload,
};

absl::StatusCode ToStatusCode(PJRT_Error_Code code) {
  return code >= PJRT_Error_Code_OK && code <= PJRT_Error_Code_UNAUTHENTICATED
             ? static_cast<absl::StatusCode>(code)
             : absl::StatusCode::kUnknown;
}

}  // namespace

PJRT_Error* ToError(absl::Status status) {
  if (status.ok()) return nullptr;
  auto* error = new StatusError;
  error->vtable = &kStatusErrorTable;
  error->status = std::move(status);
  return error;
}

absl::Status TakeStatus(PJRT_Error* error) {
  if (error == nullptr) return absl::OkStatus();
  absl::Status status;
  if (error->vtable == &kStatusErrorTable) {
    status = StatusOf(error);
  } else {
    const char* message = "";
    size_t size = 0;
    error->vtable->message(error, &message, &size);
    status = MakeStatus(error->vtable->get_code(error), message, size);
  }
  error->vtable->destroy(error);
  return status;
}

absl::Status MakeStatus(PJRT_Error_Code code, const char* message, size_t message_size) {
  return absl::Status(ToStatusCode(code),
                      message == nullptr ? absl::string_view() : absl::string_view(message, message_size));
}

absl::Status AddPayload(absl::Status status, const PJRT_NamedValue* payload, size_t num_payload) {
  for (size_t i = 0; payload != nullptr && i < num_payload; ++i) {
    const PJRT_NamedValue& value = payload[i];
    if (value.type != PJRT_NamedValue_kString || value.name == nullptr || value.string_value == nullptr) continue;
    status.SetPayload(absl::string_view(value.name, value.name_size),
                      absl::Cord(absl::string_view(value.string_value, value.value_size)));
  }
  return status;
}

PJRT_Error* NewCallbackError(PJRT_Error_Code code, const char* message, size_t message_size) {
  return ToError(MakeStatus(code, message, message_size));
}

PJRT_Error* ArgumentSizeError(const char* function, size_t expected, const size_t* actual) {
  if (actual == nullptr) return ToError(absl::InvalidArgumentError(absl::StrCat(function, ": `args` is null")));
  return ToError(absl::InvalidArgumentError(
      absl::StrCat(function, ": the argument struct must have at least ", expected, " bytes, its struct_size says ",
                   *actual, "; this plugin was built for PJRT C API ", PJRT_API_MAJOR, ".", PJRT_API_MINOR)));
}

PJRT_Error* CurrentExceptionError(const char* function) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return ToError(absl::ResourceExhaustedError(absl::StrCat(function, ": out of host memory")));
  } catch (const std::exception& exception) {
    return ToError(absl::InternalError(absl::StrCat(function, ": ", exception.what())));
  } catch (...) {
    return ToError(absl::InternalError(absl::StrCat(function, ": unknown C++ exception")));
  }
}

absl::Status NullArgument(const char* field) {
  return absl::InvalidArgumentError(absl::StrCat("`", field, "` is null"));
}

// `PJRT_Error_Destroy` and `PJRT_Error_Message` cannot report an error of their own; with an argument struct
// that is too small they do nothing.
void Error_Destroy(PJRT_Error_Destroy_Args* args) {
  if (args == nullptr || !BERING_HAS_FIELD(PJRT_Error_Destroy_Args, args, error)) return;
  if (args->error != nullptr) args->error->vtable->destroy(args->error);
}

void Error_Message(PJRT_Error_Message_Args* args) {
  if (args == nullptr || !BERING_HAS_FIELD(PJRT_Error_Message_Args, args, message_size)) return;
  args->message = "";
  args->message_size = 0;
  if (args->error != nullptr) args->error->vtable->message(args->error, &args->message, &args->message_size);
}

BERING_ENTRY(Error_GetCode, code) {
  BERING_REQUIRE(args->error);
  args->code = args->error->vtable->get_code(args->error);
  return absl::OkStatus();
}

BERING_ENTRY(Error_ForEachPayload, user_arg) {
  BERING_REQUIRE(args->error);
  BERING_REQUIRE(args->visitor);
  args->error->vtable->for_each_payload(args->error, args->visitor, args->user_arg);
  return absl::OkStatus();
}

}  // namespace bering
