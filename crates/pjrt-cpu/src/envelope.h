// What the plugin puts around a serialized executable.
//
// XLA trusts the bytes it loads: damaged ones may crash it, and code for another CPU is only logged. So they are
// wrapped with checksums of the payload and of the machine that it was compiled for, and loaded only if both agree.

#ifndef BERING_PJRT_CPU_ENVELOPE_H_
#define BERING_PJRT_CPU_ENVELOPE_H_

#include <string>

#include "xla.h"

namespace bering {

std::string WrapExecutable(absl::string_view payload);

// DATA_LOSS for damaged bytes, FAILED_PRECONDITION for those of another machine or version of the plugin. The result
// points into `bytes`.
absl::StatusOr<absl::string_view> UnwrapExecutable(absl::string_view bytes);

}  // namespace bering

#endif  // BERING_PJRT_CPU_ENVELOPE_H_
