// Two functions of `xla/service/cpu/cpu_aot_loader.h`, which includes headers of LLVM that the libraries do not carry.

#ifndef BERING_PJRT_CPU_AOT_LOADER_H_
#define BERING_PJRT_CPU_AOT_LOADER_H_

#include <memory>
#include <vector>

#include "xla.h"
#include "xla/backends/cpu/runtime/function_library.h"
#include "xla/backends/cpu/target_machine_options.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/service/cpu/executable.pb.h"

namespace xla::cpu {

absl::StatusOr<std::unique_ptr<FunctionLibrary>> LoadFunctionLibrary(
    const std::vector<FunctionLibrary::Symbol>& compiled_symbols, absl::Span<const ObjFileProto> obj_files,
    const HloModule* hlo_module, const TargetMachineOptions& target_machine_options, absl::string_view data_layout);
absl::StatusOr<std::vector<FunctionLibrary::Symbol>> GetCompiledSymbolsFromProto(absl::Span<const SymbolProto> symbols);

}  // namespace xla::cpu

#endif  // BERING_PJRT_CPU_AOT_LOADER_H_
