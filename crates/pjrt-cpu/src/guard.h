// Programs that are well formed and would still end the process: found by trying, refused here.
//
// * a function that calls itself, or calls that multiply without bound: the compiler inlines all calls;
// * a function without a body: the import assumes one;
// * custom calls to targets that XLA reserves for itself: it trusts their shapes and attributes.

#ifndef BERING_PJRT_CPU_GUARD_H_
#define BERING_PJRT_CPU_GUARD_H_

#include "mlir/IR/BuiltinOps.h"
#include "xla.h"

namespace bering {

absl::Status CheckModule(mlir::ModuleOp module);
absl::Status CheckHlo(const xla::HloModuleProto& module);

// The part of `CheckModule` that works on the module's text, as MLIR prints it.
absl::Status CheckModuleText(absl::string_view text);

}  // namespace bering

#endif  // BERING_PJRT_CPU_GUARD_H_
