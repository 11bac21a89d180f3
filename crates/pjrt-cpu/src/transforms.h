// What this plugin adds to XLA's compiler.

#ifndef BERING_PJRT_CPU_TRANSFORMS_H_
#define BERING_PJRT_CPU_TRANSFORMS_H_

#include "xla.h"

namespace bering {

// Once in a process, however often it is called; before the first program is compiled or loaded.
absl::Status RegisterTransforms();

}  // namespace bering

#endif  // BERING_PJRT_CPU_TRANSFORMS_H_
