#include "options.h"

#include <string>

#include "entry.h"

namespace bering {
namespace {

// XLA packs device ids into 11 bits a process.
constexpr int64_t kMaxDevices = 2048;

struct Option {
  absl::string_view name;
  PJRT_NamedValue_Type type;
  int64_t min;
  int64_t max;
  void (*set)(ClientOptions& options, int64_t value);
};

constexpr int64_t kNoLimit = int64_t{1} << 62;

constexpr Option kOptions[] = {
    {"cpu_device_count", PJRT_NamedValue_kInt64, 1, kMaxDevices,
     [](ClientOptions& options, int64_t value) { options.device_count = value; }},
    {"num_threads", PJRT_NamedValue_kInt64, 1, 4096,
     [](ClientOptions& options, int64_t value) { options.num_threads = value; }},
    {"intra_op_parallelism", PJRT_NamedValue_kInt64, 1, 4096,
     [](ClientOptions& options, int64_t value) { options.num_threads = value; }},
    {"asynchronous", PJRT_NamedValue_kBool, 0, 1,
     [](ClientOptions& options, int64_t value) { options.asynchronous = value != 0; }},
    {"max_inflight_computations", PJRT_NamedValue_kInt64, 1, 1 << 20,
     [](ClientOptions& options, int64_t value) { options.max_inflight_computations = value; }},
    {"pool_allocator", PJRT_NamedValue_kBool, 0, 1,
     [](ClientOptions& options, int64_t value) { options.pool_allocator = value != 0; }},
    {"pool_max_cached_bytes", PJRT_NamedValue_kInt64, 0, kNoLimit,
     [](ClientOptions& options, int64_t value) { options.pool_max_cached_bytes = value; }},
};

const char* TypeName(PJRT_NamedValue_Type type) {
  switch (type) {
    case PJRT_NamedValue_kString:
      return "a string";
    case PJRT_NamedValue_kInt64:
      return "an int64";
    case PJRT_NamedValue_kInt64List:
      return "a list of int64";
    case PJRT_NamedValue_kFloat:
      return "a float";
    case PJRT_NamedValue_kBool:
      return "a bool";
  }
  return "of an unknown type";
}

std::string KnownOptions() {
  return absl::StrJoin(kOptions, ", ", [](std::string* out, const Option& option) {
    absl::StrAppend(out, option.name, " (", TypeName(option.type), ")");
  });
}

// An integer is accepted for a bool: not every caller can say `true`.
absl::StatusOr<int64_t> IntegerValue(const PJRT_NamedValue& value, const Option& option) {
  if (value.type == PJRT_NamedValue_kInt64) return value.int64_value;
  if (value.type == PJRT_NamedValue_kBool && option.type == PJRT_NamedValue_kBool) {
    return value.bool_value ? 1 : 0;
  }
  return absl::InvalidArgumentError(absl::StrCat("create option `", option.name, "` must be ",
                                                 TypeName(option.type), ", not ", TypeName(value.type)));
}

absl::Status Apply(const PJRT_NamedValue& value, ClientOptions& options) {
  if (value.name == nullptr) return absl::InvalidArgumentError("a create option has no name");
  absl::string_view name(value.name, value.name_size);
  for (const Option& option : kOptions) {
    if (option.name != name) continue;
    ABSL_ASSIGN_OR_RETURN(int64_t number, IntegerValue(value, option));
    if (number < option.min || number > option.max) {
      return absl::InvalidArgumentError(absl::StrCat("create option `", name, "` must be in [", option.min, ", ",
                                                     option.max, "], not ", number));
    }
    option.set(options, number);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown create option `", name, "`; the CPU plugin knows: ", KnownOptions()));
}

}  // namespace

absl::StatusOr<ClientOptions> ParseClientOptions(const PJRT_NamedValue* options, size_t num_options) {
  ClientOptions parsed;
  if (num_options != 0) BERING_REQUIRE(options);
  for (size_t i = 0; i < num_options; ++i) ABSL_RETURN_IF_ERROR(Apply(options[i], parsed));
  return parsed;
}

}  // namespace bering
