// Reading and checking a serialized `CompileOptionsProto`.

#ifndef BERING_PJRT_CPU_COMPILE_OPTIONS_H_
#define BERING_PJRT_CPU_COMPILE_OPTIONS_H_

#include "xla.h"

namespace bering {

// Options that XLA can be given without aborting. `num_devices` devices are there to compile for.
absl::StatusOr<xla::CompileOptions> ParseCompileOptions(absl::string_view serialized, int64_t num_devices);

}  // namespace bering

#endif  // BERING_PJRT_CPU_COMPILE_OPTIONS_H_
