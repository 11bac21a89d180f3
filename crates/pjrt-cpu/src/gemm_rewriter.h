// Products with a transposed matrix on the left become calls of our own kernel.

#ifndef BERING_PJRT_CPU_GEMM_REWRITER_H_
#define BERING_PJRT_CPU_GEMM_REWRITER_H_

#include "xla.h"
#include "xla/service/xla_transform.h"

namespace bering {

// Runs on optimised HLO. Such products, which every gradient of weights is, XLA does not give to YNNPACK: it computes them
// by Eigen and oneDNN, which makes its kernels while the first one waits. Those of bf16 that it has not widened, for
// YNNPACK would have taken them as they were before a transpose was folded into them, it computes an element at a time.
class GemmRewriter final : public xla::HloXlaTransform {
 public:
  GemmRewriter() : HloXlaTransform("bering-gemm-rewriter") {}
  absl::StatusOr<bool> Transform(xla::HloModule* module) override;
};

}  // namespace bering

#endif  // BERING_PJRT_CPU_GEMM_REWRITER_H_
