#include "products.h"

#include "gemm.h"
#include "gemv.h"
#include "xla/hlo/ir/hlo_opcode.h"

namespace bering {

std::optional<double> FlopsOfProduct(const xla::HloInstruction& instruction) {
  if (instruction.opcode() != xla::HloOpcode::kCustomCall) return std::nullopt;
  const absl::string_view target = instruction.custom_call_target();
  if (target == kGemvRows || target == kGemvColumns) {
    return 2.0 * static_cast<double>(xla::ShapeUtil::ElementsIn(instruction.operand(1)->shape()));
  }
  if (target == kGemm || target == kGemmTransposed) {
    return 2.0 * static_cast<double>(xla::ShapeUtil::ElementsIn(instruction.shape())) *
           static_cast<double>(instruction.operand(0)->shape().dimensions(1));
  }
  return std::nullopt;
}

absl::Status RegisterProducts() {
  ABSL_RETURN_IF_ERROR(RegisterGemv());
  return RegisterGemm();
}

}  // namespace bering
