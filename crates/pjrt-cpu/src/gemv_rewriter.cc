#include "gemv_rewriter.h"

#include <optional>
#include <vector>

#include "gemv.h"
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

// Smaller ones are done with before a kernel is called.
constexpr int64_t kMinElements = 16 << 10;
// XLA computes batches on one thread, and one matrix after the other: it is as fast where there are fewer elements, and it
// takes longer to begin with each matrix than to compute one of this size.
constexpr int64_t kMinBatchElements = 256 << 10;
constexpr int64_t kSmallMatrix = 4 << 10;

bool IsLoopFusion(const HloInstruction& instruction) {
  return instruction.opcode() == HloOpcode::kFusion &&
         instruction.fusion_kind() == HloInstruction::FusionKind::kLoop && !instruction.shape().IsTuple();
}

// A dot of matrices and vectors, both of f32.
struct Product {
  HloInstruction* vector;
  HloInstruction* matrix;
  // The dimensions of both that come first and make a batch, and how many there are of each in it.
  int64_t batch_rank;
  int64_t batch_count;
  // The dimension of `matrix` that is added over, the number of elements that are added, and that of sums of each.
  int64_t sum_dimension;
  int64_t k_count;
  int64_t n_count;
};

std::optional<Product> AsProduct(HloInstruction* dot) {
  const xla::DotDimensionNumbers& numbers = dot->dot_dimension_numbers();
  if (!IsProductOf(*dot, {xla::F32})) return std::nullopt;
  const int64_t dimensions[] = {numbers.lhs_contracting_dimensions(0), numbers.rhs_contracting_dimensions(0)};
  const int64_t k_count = dot->operand(0)->shape().dimensions(dimensions[0]);
  const int64_t batch_rank = numbers.lhs_batch_dimensions_size();
  int64_t batch_count = 1;
  for (int64_t i = 0; i < batch_rank; ++i) batch_count *= dot->shape().dimensions(i);
  if (batch_count == 0) return std::nullopt;
  const int64_t n_count = xla::ShapeUtil::ElementsIn(dot->shape()) / batch_count;
  const bool small_matrices = batch_count == 1 || n_count * k_count <= kSmallMatrix;
  if (n_count < 2 || batch_count * n_count * k_count < (small_matrices ? kMinElements : kMinBatchElements)) {
    return std::nullopt;
  }
  for (int vector = 0; vector < 2; ++vector) {
    HloInstruction* operands[] = {dot->mutable_operand(vector), dot->mutable_operand(1 - vector)};
    if (xla::ShapeUtil::ElementsIn(operands[0]->shape()) != batch_count * k_count) continue;
    if (static_cast<int64_t>(operands[1]->shape().dimensions().size()) != batch_rank + 2) continue;
    return Product{operands[0], operands[1], batch_rank, batch_count, dimensions[1 - vector], k_count, n_count};
  }
  return std::nullopt;
}

// A matrix in memory, of f32 or bf16, and whether what is added is contiguous.
struct Matrix {
  HloInstruction* buffer;
  bool contiguous_sums;
};

// Whether memory holds the same from the start of the program to its end. XLA has put copies where something is overwritten
// before its last reader, and gives the result of an update or a loop the memory of what it was made from: whoever reads
// the original of a copy, or later than was planned, may find what came after.
bool NeverOverwritten(const HloInstruction& instruction) {
  if (instruction.opcode() == HloOpcode::kConstant) return true;
  const xla::HloModule& module = *instruction.GetModule();
  if (instruction.opcode() != HloOpcode::kParameter || instruction.parent() != module.entry_computation()) return false;
  const int64_t number = instruction.parameter_number();
  return !module.input_output_alias_config().ParameterHasAlias(number, {}) &&
         !module.buffer_donor_config().ParameterIsBufferDonor(number, {});
}

// Of a batch, whose matrices are taken as they are.
std::optional<Matrix> BatchOfMatrices(const Product& product, const HloInstruction& dot) {
  const auto row_major = [](const HloInstruction& instruction) {
    return xla::LayoutUtil::IsMonotonicWithDim0Major(instruction.shape().layout());
  };
  if (!row_major(*product.vector) || !row_major(*product.matrix) || !row_major(dot)) return std::nullopt;
  return Matrix{product.matrix, product.sum_dimension == product.batch_rank + 1};
}

// Follows the matrix back to where it was copied, transposed or widened from, out of fusions and into them. `fusion` is
// the one that the product is in, or null.
std::optional<Matrix> FindMatrix(const Product& product, HloInstruction* fusion) {
  HloInstruction* at = product.matrix;
  int64_t sum_dimension = product.sum_dimension;
  // Set where a bitcast makes the dimensions lose their meaning.
  std::optional<bool> contiguous_sums;
  // Whether what is read is no longer what the product, or its fusion, was planned to read.
  bool replaced = false;
  std::optional<Matrix> found;
  for (;;) {
    if (at->opcode() == HloOpcode::kParameter && fusion != nullptr) {
      at = fusion->mutable_operand(at->parameter_number());
      fusion = nullptr;
      continue;
    }
    const bool contiguous =
        contiguous_sums.has_value() ? *contiguous_sums : at->shape().layout().minor_to_major(0) == sum_dimension;
    const xla::PrimitiveType type = at->shape().element_type();
    if (fusion == nullptr && (type == xla::F32 || type == xla::BF16) && (!replaced || NeverOverwritten(*at))) {
      found = Matrix{at, contiguous};
    }
    if (fusion == nullptr && IsLoopFusion(*at)) {
      replaced = true;
      fusion = at;
      at = at->fused_expression_root();
      continue;
    }
    if (at->operand_count() != 1) return found;
    HloInstruction* source = at->mutable_operand(0);
    const bool same_dimensions = !contiguous_sums.has_value();
    switch (at->opcode()) {
      case HloOpcode::kBitcast:
        if (source->shape().element_type() != type) return found;
        contiguous_sums = contiguous;
        break;
      case HloOpcode::kConvert:
        if (type != xla::F32 || source->shape().element_type() != xla::BF16) return found;
        if (!same_dimensions && at->shape().layout() != source->shape().layout()) return found;
        break;
      case HloOpcode::kCopy:
        if (!same_dimensions) return found;
        break;
      case HloOpcode::kTranspose:
        if (!same_dimensions) return found;
        sum_dimension = at->dimensions(sum_dimension);
        break;
      default:
        return found;
    }
    replaced |= fusion == nullptr && at->opcode() != HloOpcode::kBitcast;
    at = source;
  }
}

// Copies what computes `root` in `fusion` into a fusion of its own.
absl::StatusOr<HloInstruction*> Extract(HloInstruction* root, HloInstruction* fusion) {
  HloComputation::Builder builder("gemv_vector");
  absl::flat_hash_map<const HloInstruction*, HloInstruction*> copies;
  std::vector<HloInstruction*> operands;
  for (HloInstruction* instruction : fusion->fused_instructions_computation()->MakeInstructionPostOrderFrom(*root)) {
    std::unique_ptr<HloInstruction> copy;
    if (instruction->opcode() == HloOpcode::kParameter) {
      copy = HloInstruction::CreateParameter(static_cast<int64_t>(operands.size()), instruction->shape(),
                                             instruction->name());
      operands.push_back(fusion->mutable_operand(instruction->parameter_number()));
    } else {
      std::vector<HloInstruction*> inputs;
      for (const HloInstruction* operand : instruction->operands()) inputs.push_back(copies.at(operand));
      copy = instruction->CloneWithNewOperands(instruction->shape(), inputs);
    }
    copies[instruction] = builder.AddInstruction(std::move(copy));
  }
  HloComputation* computation = fusion->GetModule()->AddEmbeddedComputation(builder.Build(copies.at(root)));
  return fusion->parent()->AddInstruction(
      HloInstruction::CreateFusion(root->shape(), HloInstruction::FusionKind::kLoop, operands, computation));
}

// `product` in memory: as it is, or what its fusion would have it multiplied with.
absl::StatusOr<HloInstruction*> FindVector(const Product& product, HloInstruction* fusion) {
  HloInstruction* at = product.vector;
  if (fusion == nullptr) return at;
  while (at->opcode() == HloOpcode::kBitcast) at = at->mutable_operand(0);
  if (at->opcode() == HloOpcode::kParameter && at->shape().element_type() == xla::F32) {
    return fusion->mutable_operand(at->parameter_number());
  }
  return Extract(product.vector, fusion);
}

HloInstruction* Bitcast(HloInstruction* instruction, const xla::Shape& shape) {
  if (instruction->shape() == shape) return instruction;
  return instruction->parent()->AddInstruction(HloInstruction::CreateBitcast(shape, instruction));
}

// `instruction` is a dot, or a fusion that ends in one.
absl::StatusOr<bool> Rewrite(HloInstruction* instruction) {
  if (instruction->HasControlDependencies()) return false;
  HloInstruction* fusion = IsLoopFusion(*instruction) ? instruction : nullptr;
  HloInstruction* dot = fusion == nullptr ? instruction : fusion->fused_expression_root();
  if (dot->opcode() != HloOpcode::kDot) return false;
  const std::optional<Product> product = AsProduct(dot);
  if (!product.has_value()) return false;
  if (product->batch_rank != 0 && fusion != nullptr) return false;
  const std::optional<Matrix> matrix =
      product->batch_rank == 0 ? FindMatrix(*product, fusion) : BatchOfMatrices(*product, *dot);
  if (!matrix.has_value()) return false;

  ABSL_ASSIGN_OR_RETURN(HloInstruction * vector, FindVector(*product, fusion));
  const bool rows = matrix->contiguous_sums;
  const int64_t batch_count = product->batch_count, n_count = product->n_count, k_count = product->k_count;
  const auto shape = [](xla::PrimitiveType type, std::vector<int64_t> dimensions) {
    return xla::ShapeUtil::MakeShapeWithDescendingLayout(type, dimensions);
  };
  const xla::Shape matrix_shape = shape(matrix->buffer->shape().element_type(),
                                        {batch_count, rows ? n_count : k_count, rows ? k_count : n_count});
  HloComputation* computation = instruction->parent();
  HloInstruction* call = computation->AddInstruction(HloInstruction::CreateCustomCall(
      shape(xla::F32, {batch_count, n_count}),
      {Bitcast(vector, shape(xla::F32, {batch_count, k_count})), Bitcast(matrix->buffer, matrix_shape)},
      rows ? kGemvRows : kGemvColumns, /*opaque=*/"", xla::API_VERSION_TYPED_FFI));
  call->set_metadata(dot->metadata());
  ABSL_RETURN_IF_ERROR(computation->ReplaceInstruction(instruction, Bitcast(call, instruction->shape())));
  return true;
}

}  // namespace

absl::StatusOr<bool> GemvRewriter::Transform(xla::HloModule* module) {
  bool changed = false;
  for (HloComputation* computation : module->MakeNonfusionComputations()) {
    for (HloInstruction* instruction : computation->MakeInstructionPostOrder()) {
      ABSL_ASSIGN_OR_RETURN(bool rewritten, Rewrite(instruction));
      changed |= rewritten;
    }
  }
  return changed;
}

}  // namespace bering
