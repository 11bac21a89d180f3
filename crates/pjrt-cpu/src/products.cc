#include "products.h"

#include "absl/algorithm/container.h"
#include "gemm.h"
#include "gemv.h"
#include "xla/hlo/ir/hlo_instructions.h"
#include "xla/hlo/ir/hlo_opcode.h"

namespace bering {

std::optional<double> FlopsOfProduct(const xla::HloInstruction& instruction) {
  if (instruction.opcode() != xla::HloOpcode::kCustomCall) return std::nullopt;
  const absl::string_view target = instruction.custom_call_target();
  const bool gemv = target == kGemvRows || target == kGemvColumns;
  const bool gemm = target == kGemm || target == kGemmTransposed;
  // A program may call a target by itself, and with anything; what does not fit is an error when it runs.
  if ((!gemv && !gemm) || instruction.operand_count() != 2 || !instruction.shape().IsArray()) return std::nullopt;
  const xla::Shape& first = instruction.operand(0)->shape();
  const xla::Shape& second = instruction.operand(1)->shape();
  if (!first.IsArray() || !second.IsArray()) return std::nullopt;
  if (gemv) return 2.0 * static_cast<double>(xla::ShapeUtil::ElementsIn(second));
  if (first.dimensions().size() != 3) return std::nullopt;
  return 2.0 * static_cast<double>(xla::ShapeUtil::ElementsIn(instruction.shape())) *
         static_cast<double>(first.dimensions(1));
}

bool IsProductOf(const xla::HloInstruction& dot, std::initializer_list<xla::PrimitiveType> types) {
  const xla::DotDimensionNumbers& numbers = dot.dot_dimension_numbers();
  const xla::PrecisionConfig::Algorithm algorithm = dot.precision_config().algorithm();
  for (int i = 0; i < numbers.lhs_batch_dimensions_size(); ++i) {
    if (numbers.lhs_batch_dimensions(i) != i || numbers.rhs_batch_dimensions(i) != i) return false;
  }
  for (const xla::Shape* shape : {&dot.shape(), &dot.operand(0)->shape(), &dot.operand(1)->shape()}) {
    if (absl::c_find(types, shape->element_type()) == types.end()) return false;
  }
  return numbers.lhs_contracting_dimensions_size() == 1 &&
         (algorithm == xla::PrecisionConfig::ALG_UNSET || algorithm == xla::PrecisionConfig::ALG_DOT_F32_F32_F32);
}

absl::Status RegisterProducts() {
  ABSL_RETURN_IF_ERROR(RegisterGemv());
  return RegisterGemm();
}

}  // namespace bering
