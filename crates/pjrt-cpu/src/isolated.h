// Work that may end its process, done in a process of its own.
//
// MLIR's bytecode reader takes what it reads for what an MLIR wrote: damaged files make it read beyond its memory, and no check
// from outside can tell which will. So programs from elsewhere are read by a child, which hands back text, and text is parsed
// with all checks.

#ifndef BERING_PJRT_CPU_ISOLATED_H_
#define BERING_PJRT_CPU_ISOLATED_H_

#include <functional>
#include <string>

#include "xla.h"

namespace bering {

// The result of `work` on a program of `size` bytes, which runs in a fork of this process; an error if that ends by a signal or takes
// far more time than so many bytes do. `work` must not use threads of this process. It waits until no thread compiles.
absl::StatusOr<std::string> RunIsolated(size_t size, const std::function<absl::StatusOr<std::string>()>& work);

// Held shared by whoever parses, compiles or loads a program, and exclusively while the process is forked: the locks of MLIR, LLVM
// and XLA's compiler are free in the child. One that waits for it to be exclusive goes before later ones that share it.
absl::Mutex& CompilerMutex();

}  // namespace bering

#endif  // BERING_PJRT_CPU_ISOLATED_H_
