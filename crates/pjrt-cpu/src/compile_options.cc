#include "compile_options.h"

#include <cstdlib>
#include <set>

#include "absl/strings/match.h"
#include "entry.h"
#include "xla/debug_options_flags.h"

namespace bering {
namespace {

absl::Status CheckCounts(int64_t replicas, int64_t partitions, int64_t num_devices) {
  if (replicas < 1 || partitions < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("compile options: num_replicas and num_partitions must be at least 1, got ", replicas, " and ",
                     partitions));
  }
  if (replicas > num_devices || partitions > num_devices || replicas * partitions > num_devices) {
    return absl::InvalidArgumentError(absl::StrCat("compile options: ", replicas, " replicas of ", partitions,
                                                   " partitions need more than the ", num_devices,
                                                   " devices there are"));
  }
  return absl::OkStatus();
}

// XLA indexes by these numbers without looking.
absl::Status CheckAssignment(const xla::DeviceAssignmentProto& assignment, int64_t replicas, int64_t partitions,
                             int64_t num_devices) {
  if (assignment.replica_count() != replicas || assignment.computation_count() != partitions ||
      assignment.computation_devices_size() != partitions) {
    return absl::InvalidArgumentError(
        absl::StrCat("compile options: the device assignment is for ", assignment.replica_count(), " x ",
                     assignment.computation_count(), " devices, the program for ", replicas, " x ", partitions));
  }
  std::set<int64_t> seen;
  for (const auto& computation : assignment.computation_devices()) {
    if (computation.replica_device_ids_size() != replicas) {
      return absl::InvalidArgumentError(absl::StrCat("compile options: the device assignment has ",
                                                     computation.replica_device_ids_size(), " devices for ",
                                                     replicas, " replicas"));
    }
    for (int64_t id : computation.replica_device_ids()) {
      if (id < 0 || id >= num_devices) {
        return absl::InvalidArgumentError(absl::StrCat("compile options: device ", id,
                                                       " of the device assignment is not one of the ", num_devices,
                                                       " devices"));
      }
      if (!seen.insert(id).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("compile options: device ", id, " is assigned more than once"));
      }
    }
  }
  return absl::OkStatus();
}

// XLA prefers vectors of 256 bits, because the first processors with AVX-512 ran slower when they used all of it. Those
// since Ice Lake and Zen 4, told by VBMI2, do not.
bool HasFullVectors() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vbmi2");
#else
  return false;
#endif
}

constexpr char kVectorWidth[] = "xla_cpu_prefer_vector_width";

// `XLA_FLAGS` may be flags or a file of them; one that repeats XLA's default can only be seen in the former.
bool FlagsSetVectorWidth() {
  const char* flags = std::getenv("XLA_FLAGS");
  if (flags != nullptr && absl::StrContains(flags, kVectorWidth)) return true;
  return xla::GetDebugOptionsFromFlags().xla_cpu_prefer_vector_width() !=
         xla::DefaultDebugOptionsIgnoringFlags().xla_cpu_prefer_vector_width();
}

void SetDefaults(google::protobuf::Map<std::string, xla::OptionOverrideProto>& overrides) {
  // XLA's own default on the CPU loses NaN in minimum and maximum, which StableHLO says pass it on.
  constexpr char kFastMinMax[] = "xla_cpu_enable_fast_min_max";
  if (!overrides.contains(kFastMinMax)) overrides[kFastMinMax].set_bool_field(false);
  if (HasFullVectors() && !overrides.contains(kVectorWidth) && !FlagsSetVectorWidth()) {
    overrides[kVectorWidth].set_int_field(512);
  }
}

}  // namespace

absl::StatusOr<xla::CompileOptions> ParseCompileOptions(absl::string_view serialized, int64_t num_devices) {
  xla::CompileOptionsProto proto;
  if (!proto.ParseFromArray(serialized.data(), static_cast<int>(serialized.size()))) {
    return absl::InvalidArgumentError("compile options: not a serialized CompileOptionsProto");
  }
  // No build options at all means the ordinary case; zeros that somebody wrote down are a mistake.
  if (!proto.has_executable_build_options()) {
    proto.mutable_executable_build_options()->set_num_replicas(1);
    proto.mutable_executable_build_options()->set_num_partitions(1);
    proto.mutable_executable_build_options()->set_device_ordinal(-1);
  }
  const xla::ExecutableBuildOptionsProto& build = proto.executable_build_options();
  ABSL_RETURN_IF_ERROR(CheckCounts(build.num_replicas(), build.num_partitions(), num_devices));
  if (build.device_ordinal() < -1 || build.device_ordinal() >= num_devices) {
    return absl::InvalidArgumentError(absl::StrCat("compile options: device_ordinal ", build.device_ordinal(),
                                                   " is not one of the ", num_devices, " devices"));
  }
  if (build.has_device_assignment()) {
    ABSL_RETURN_IF_ERROR(
        CheckAssignment(build.device_assignment(), build.num_replicas(), build.num_partitions(), num_devices));
  }
  if (proto.compile_portable_executable() &&
      (build.has_device_assignment() || build.num_replicas() != 1 || build.num_partitions() != 1)) {
    return absl::InvalidArgumentError(
        "compile options: a portable executable has one replica, one partition and no device assignment");
  }
  // A client that sends debug options has made its choice.
  if (!build.has_debug_options()) SetDefaults(*proto.mutable_env_option_overrides());
  absl::StatusOr<xla::CompileOptions> options = xla::CompileOptions::FromProto(proto);
#if defined(__aarch64__)
  // YNNPACK, which this XLA hands small reductions and dots to, writes through a bad pointer on AArch64 (seen with
  // 2.22.0rc0 under qemu-user, in YnnFusionThunk). A crash is no choice that a client can make.
  if (options.ok()) {
    options->executable_build_options.mutable_debug_options()->clear_xla_cpu_experimental_ynn_fusion_type();
  }
#endif
  return options;
}

}  // namespace bering
