// A block of the product of two matrices, computed by one thread.

#ifndef BERING_PJRT_CPU_GEMM_BLOCK_H_
#define BERING_PJRT_CPU_GEMM_BLOCK_H_

#include <cstdint>

namespace bering {

// Those of f32, or of bf16 as the upper half of such.
struct MatrixElements {
  const void* data;
  bool narrow;

  MatrixElements From(int64_t index) const {
    return {static_cast<const char*>(data) + index * (narrow ? sizeof(uint16_t) : sizeof(float)), narrow};
  }
};

// c[m, n] = sum over k of a[k, m] b[k, n], or b[n, k] if `rhs_transposed`; all row-major.
struct Gemm {
  MatrixElements a;
  MatrixElements b;
  float* c;
  int64_t m_count;
  int64_t n_count;
  int64_t k_count;
  bool rhs_transposed;
};

// Rows and columns of `c`: those from `begin` up to `end`.
struct GemmBlock {
  int64_t m_begin;
  int64_t m_end;
  int64_t n_begin;
  int64_t n_end;
};

// A block has at most so many rows: what it needs of `a` at a time is kept on the stack, and in the second cache.
inline constexpr int64_t kMaxBlockRows = 192;
// Blocks that begin at multiples of these leave no rest, whatever the processor.
inline constexpr int64_t kBlockRowGranularity = 24;
inline constexpr int64_t kBlockColumnGranularity = 32;

// A sum is the same whatever block it is in: over `k` in order, in parts of 256.
void ComputeBlock(const Gemm& gemm, const GemmBlock& block);

}  // namespace bering

#endif  // BERING_PJRT_CPU_GEMM_BLOCK_H_
