#include "gemm_rewriter.h"

#include <optional>

#include "gemm.h"
#include "products.h"
#include "xla/hlo/ir/hlo_computation.h"
#include "xla/hlo/ir/hlo_instruction.h"
#include "xla/hlo/ir/hlo_instructions.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/hlo/ir/hlo_opcode.h"

namespace bering {
namespace {

using xla::HloComputation;
using xla::HloInstruction;
using xla::HloOpcode;

// Batch dimensions first, then two others, row-major.
bool IsBatchOfMatrices(const xla::Shape& shape, int64_t batch_rank) {
  return static_cast<int64_t>(shape.dimensions().size()) == batch_rank + 2 &&
         xla::LayoutUtil::IsMonotonicWithDim0Major(shape.layout()) && !xla::ShapeUtil::IsZeroElementArray(shape);
}

// The target for a dot that our kernel takes.
std::optional<absl::string_view> TargetFor(const HloInstruction& dot) {
  const xla::DotDimensionNumbers& numbers = dot.dot_dimension_numbers();
  const int64_t batch_rank = numbers.lhs_batch_dimensions_size();
  if (!IsProductOf(dot, {xla::F32, xla::BF16}) || !IsBatchOfMatrices(dot.operand(0)->shape(), batch_rank) ||
      !IsBatchOfMatrices(dot.operand(1)->shape(), batch_rank) || !IsBatchOfMatrices(dot.shape(), batch_rank)) {
    return std::nullopt;
  }
  if (numbers.lhs_contracting_dimensions(0) != batch_rank ||
      // Products with vectors are not for tiles.
      dot.shape().dimensions(batch_rank) == 1 || dot.shape().dimensions(batch_rank + 1) == 1) {
    return std::nullopt;
  }
  return numbers.rhs_contracting_dimensions(0) == batch_rank ? kGemm : kGemmTransposed;
}

// `shape` with its batch dimensions as one, of `type`.
xla::Shape AsBatch(const xla::Shape& shape, xla::PrimitiveType type) {
  const int64_t rank = static_cast<int64_t>(shape.dimensions().size());
  const int64_t rows = shape.dimensions(rank - 2), columns = shape.dimensions(rank - 1);
  return xla::ShapeUtil::MakeShapeWithDenseLayout(
      type, {xla::ShapeUtil::ElementsIn(shape) / (rows * columns), rows, columns}, {2, 1, 0});
}

absl::StatusOr<bool> RewriteDot(HloInstruction* dot) {
  if (dot->opcode() != HloOpcode::kDot || dot->HasControlDependencies()) return false;
  const std::optional<absl::string_view> target = TargetFor(*dot);
  if (!target.has_value()) return false;
  HloComputation* computation = dot->parent();
  const auto bitcast = [computation](HloInstruction* instruction, const xla::Shape& shape) {
    return computation->AddInstruction(HloInstruction::CreateBitcast(shape, instruction));
  };
  HloInstruction* operands[] = {dot->mutable_operand(0), dot->mutable_operand(1)};
  for (HloInstruction*& operand : operands) {
    operand = bitcast(operand, AsBatch(operand->shape(), operand->shape().element_type()));
  }
  HloInstruction* call = computation->AddInstruction(HloInstruction::CreateCustomCall(
      AsBatch(dot->shape(), xla::F32), operands, *target, /*opaque=*/"", xla::API_VERSION_TYPED_FFI));
  call->set_metadata(dot->metadata());
  HloInstruction* result = bitcast(call, xla::ShapeUtil::ChangeElementType(dot->shape(), xla::F32));
  const bool narrow = dot->shape().element_type() != xla::F32;
  if (narrow) result = computation->AddInstruction(HloInstruction::CreateConvert(dot->shape(), result));
  ABSL_RETURN_IF_ERROR(computation->ReplaceInstruction(dot, result));
  // What is not a fusion by now has no kernel.
  if (narrow) computation->CreateFusionInstruction({result}, HloInstruction::FusionKind::kLoop);
  return true;
}

}  // namespace

absl::StatusOr<bool> GemmRewriter::Transform(xla::HloModule* module) {
  bool changed = false;
  for (HloComputation* computation : module->MakeNonfusionComputations()) {
    for (HloInstruction* instruction : computation->MakeInstructionPostOrder()) {
      ABSL_ASSIGN_OR_RETURN(bool rewritten, RewriteDot(instruction));
      changed |= rewritten;
    }
  }
  return changed;
}

}  // namespace bering
