// LLVM's fatal errors as statuses.
//
// MLIR ends the process where an operation is built with an attribute of the wrong kind, and that is what a damaged portable
// artifact makes its upgrade do.

#ifndef BERING_PJRT_CPU_FATAL_H_
#define BERING_PJRT_CPU_FATAL_H_

#include <functional>

#include "xla.h"

namespace bering {

// Runs `work`, which reads or rewrites an MLIR module on this thread, takes no locks that others wait for, and owns nothing
// but its module and context. After a fatal error those are in no known state: `abandon` is called, and must keep them from
// ever being destroyed.
absl::Status RunToFatalError(const std::function<absl::Status()>& work, const std::function<void()>& abandon);

}  // namespace bering

#endif  // BERING_PJRT_CPU_FATAL_H_
