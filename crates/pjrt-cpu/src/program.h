// The formats of `PJRT_Program`: MLIR text or bytecode, and HLO protos.

#ifndef BERING_PJRT_CPU_PROGRAM_H_
#define BERING_PJRT_CPU_PROGRAM_H_

#include <functional>

#include "xla.h"

namespace bering {

// Parses `program` and calls the function that fits its format, on a thread with a deep stack: both the parser and
// the compiler recurse as deeply as the program is nested.
absl::Status WithProgram(const PJRT_Program& program,
                         const std::function<absl::Status(xla::MaybeOwningMlirModule)>& with_mlir,
                         const std::function<absl::Status(const xla::XlaComputation&)>& with_hlo);

}  // namespace bering

#endif  // BERING_PJRT_CPU_PROGRAM_H_
