// Products of large matrices and vectors become calls of our own kernel.

#ifndef BERING_PJRT_CPU_GEMV_REWRITER_H_
#define BERING_PJRT_CPU_GEMV_REWRITER_H_

#include "xla.h"
#include "xla/service/xla_transform.h"

namespace bering {

// Runs on optimised HLO. XLA computes such a product on one thread, in bf16 it first widens the whole matrix, and one
// with a transposed matrix (`x @ w.T`, every linear layer of torch for one row) it fuses into a loop that adds numbers one
// after the other.
class GemvRewriter final : public xla::HloXlaTransform {
 public:
  GemvRewriter() : HloXlaTransform("bering-gemv-rewriter") {}
  absl::StatusOr<bool> Transform(xla::HloModule* module) override;
};

}  // namespace bering

#endif  // BERING_PJRT_CPU_GEMV_REWRITER_H_
