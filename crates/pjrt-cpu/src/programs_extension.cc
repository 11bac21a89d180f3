// Programs without compiling them: StableHLO in another form, with dynamic shapes refined; which custom calls there are.

#include "entry.h"
#include "extensions.h"
#include "isolated.h"
#include "program.h"
#include "xla/ffi/ffi_registry.h"
#include "xla/service/custom_call_target_registry.h"

struct PJRT_Bering_ConvertedProgram {
  std::string bytes;
};

namespace xla {

// Declared here because their headers also want MLIR's.
std::string PrintModule(mlir::ModuleOp module);
std::string GetDefaultStablehloVersion();
absl::StatusOr<std::string> SerializeUsingVersionedStablehlo(mlir::ModuleOp module, absl::string_view requested_target,
                                                             bool inplace, bool allow_mixed_serialization);
absl::Status RefinePolymorphicShapes(mlir::ModuleOp module, bool enable_shape_assertions);
absl::Status ValidateStaticShapes(mlir::ModuleOp module);

}  // namespace xla

namespace bering {
namespace {

absl::StatusOr<std::string> Write(mlir::ModuleOp module, absl::string_view form, absl::string_view version) {
  if (form == "text") return xla::PrintModule(module);
  if (form == "portable") {
    const std::string target = version.empty() ? xla::GetDefaultStablehloVersion() : std::string(version);
    // Not mixed: what is neither StableHLO nor one of the dialects that may stand beside it is an error, and not an
    // artifact that only this build can read.
    return xla::SerializeUsingVersionedStablehlo(module, target, /*inplace=*/true, /*allow_mixed_serialization=*/false);
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown form of a program: `", form, "`; there are: text, portable"));
}

absl::StatusOr<std::string> Convert(const PJRT_Program& program, bool refine, absl::string_view form,
                                    absl::string_view version) {
  std::string bytes;
  ABSL_RETURN_IF_ERROR(WithProgram(
      program,
      [&](xla::MaybeOwningMlirModule owned) -> absl::Status {
        mlir::ModuleOp module = owned.mlir_module();
        if (refine) {
          ABSL_RETURN_IF_ERROR(xla::RefinePolymorphicShapes(module, /*enable_shape_assertions=*/true));
          ABSL_RETURN_IF_ERROR(xla::ValidateStaticShapes(module));
        }
        ABSL_ASSIGN_OR_RETURN(bytes, Write(module, form, version));
        return absl::OkStatus();
      },
      [](const xla::XlaComputation&) { return absl::InvalidArgumentError("an HLO program cannot be converted"); }));
  return bytes;
}

BERING_ENTRY(Bering_Program_Convert, bytes_size) {
  BERING_REQUIRE(args->program);
  BERING_REQUIRE(args->form);
  const absl::string_view form(args->form, args->form_size);
  const absl::string_view version =
      args->version == nullptr ? absl::string_view() : absl::string_view(args->version, args->version_size);
  auto converted = std::make_unique<PJRT_Bering_ConvertedProgram>();
  ABSL_ASSIGN_OR_RETURN(converted->bytes, RunIsolated(args->program->code_size, [&] {
                          return Convert(*args->program, args->refine, form, version);
                        }));
  args->bytes = converted->bytes.data();
  args->bytes_size = converted->bytes.size();
  args->converted = converted.release();
  args->converted_deleter = [](PJRT_Bering_ConvertedProgram* backing) { delete backing; };
  return absl::OkStatus();
}

BERING_ENTRY(Bering_CustomCall_Find, found) {
  BERING_REQUIRE(args->target);
  const std::string target(args->target, args->target_size);
  args->found = xla::ffi::FindHandler(target, "Host").ok() ||
                xla::CustomCallTargetRegistry::Global()->Lookup(target, "Host") != nullptr;
  return absl::OkStatus();
}

}  // namespace

PJRT_Bering_Programs_Extension MakeProgramsExtension() {
  PJRT_Bering_Programs_Extension extension = {};
  extension.base.struct_size = PJRT_Bering_Programs_Extension_STRUCT_SIZE;
  // Written as the integer that it is: the number is none that the enum has.
  static constexpr unsigned int kType = PJRT_EXTENSION_TYPE_BERING_PROGRAMS;
  static_assert(sizeof(extension.base.type) == sizeof(kType), "an enum of the C API is an int");
  std::memcpy(&extension.base.type, &kType, sizeof(kType));
  extension.program_convert = Bering_Program_Convert;
  extension.custom_call_find = Bering_CustomCall_Find;
  return extension;
}

}  // namespace bering
