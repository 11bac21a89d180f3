// Products of matrices and vectors, as a custom call that `GemvRewriter` puts into programs.

#ifndef BERING_PJRT_CPU_GEMV_H_
#define BERING_PJRT_CPU_GEMV_H_

#include "xla.h"

namespace bering {

// Both take a batch of vectors `x` of f32 and one of matrices `w` of f32 or bf16, row-major, and give a batch of vectors `y`
// of f32.
// y[n] = sum over k of w[n, k] x[k].
inline constexpr absl::string_view kGemvRows = "bering.gemv_rows";
// y[n] = sum over k of x[k] w[k, n].
inline constexpr absl::string_view kGemvColumns = "bering.gemv_columns";

// Makes the two targets known to XLA. Call before the first program is compiled or loaded.
absl::Status RegisterGemv();

}  // namespace bering

#endif  // BERING_PJRT_CPU_GEMV_H_
