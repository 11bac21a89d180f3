// The product of a transposed matrix and another, as a custom call that `GemmRewriter` puts into programs.

#ifndef BERING_PJRT_CPU_GEMM_H_
#define BERING_PJRT_CPU_GEMM_H_

#include "xla.h"

namespace bering {

// Both take `a` and `b`, which are batches of matrices of f32 or bf16, row-major, and give a batch of matrices `c` of f32.
// c[m, n] = sum over k of a[k, m] b[k, n].
inline constexpr absl::string_view kGemm = "bering.gemm_tn";
// c[m, n] = sum over k of a[k, m] b[n, k].
inline constexpr absl::string_view kGemmTransposed = "bering.gemm_tt";

// Makes the two targets known to XLA. Call before the first program is compiled or loaded.
absl::Status RegisterGemm();

}  // namespace bering

#endif  // BERING_PJRT_CPU_GEMM_H_
