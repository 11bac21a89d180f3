#include "gemm_block.h"

#include <algorithm>
#include <cstring>

#include "processors.h"

// As in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): a tile of the result stays in
// registers while one row after the other of two packed panels is read, the panel of `b` from the first cache, those of
// `a` from the second.

namespace bering {
namespace {

// Elements of a sum between two visits of the result.
constexpr int64_t kDepth = 256;

typedef float Quad __attribute__((vector_size(16)));

BERING_INLINE float Widened(float element) { return element; }

BERING_INLINE float Widened(uint16_t element) {
  const uint32_t bits = static_cast<uint32_t>(element) << 16;
  float wide;
  std::memcpy(&wide, &bits, sizeof(wide));
  return wide;
}

template <int64_t count, typename Element>
BERING_INLINE void Load(const Element* from, float* to) {
  for (int64_t i = 0; i < count; ++i) to[i] = Widened(from[i]);
}

// panel[k, i] = from[k, i] for i up to `count`, and 0 up to `width`.
template <int64_t width, typename Element>
BERING_INLINE void PackRows(const Element* from, int64_t stride, int64_t count, int64_t depth, float* panel) {
  if (count == width) {
    for (int64_t k = 0; k < depth; ++k) Load<width>(from + k * stride, panel + k * width);
    return;
  }
  for (int64_t k = 0; k < depth; ++k) {
    for (int64_t i = 0; i < width; ++i) panel[k * width + i] = i < count ? Widened(from[k * stride + i]) : 0;
  }
}

// to[k, i] = from[i, k] for four of each.
template <typename Element>
BERING_INLINE void TransposeQuads(const Element* from, int64_t from_stride, float* to, int64_t to_stride) {
  Quad rows[4];
#pragma GCC unroll 4
  for (int64_t i = 0; i < 4; ++i) {
    float row[4];
    Load<4>(from + i * from_stride, row);
    std::memcpy(&rows[i], row, sizeof(Quad));
  }
  const Quad left[2] = {__builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5),
                        __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5)};
  const Quad right[2] = {__builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7),
                         __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7)};
  const Quad columns[4] = {__builtin_shufflevector(left[0], left[1], 0, 1, 4, 5),
                           __builtin_shufflevector(left[0], left[1], 2, 3, 6, 7),
                           __builtin_shufflevector(right[0], right[1], 0, 1, 4, 5),
                           __builtin_shufflevector(right[0], right[1], 2, 3, 6, 7)};
#pragma GCC unroll 4
  for (int64_t k = 0; k < 4; ++k) std::memcpy(to + k * to_stride, &columns[k], sizeof(Quad));
}

// panel[k, i] = from[i, k] for i up to `count`, and 0 up to `width`.
template <int64_t width, typename Element>
BERING_INLINE void PackColumns(const Element* from, int64_t stride, int64_t count, int64_t depth, float* panel) {
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    int64_t k = 0;
    for (; k + 4 <= depth; k += 4) TransposeQuads(from + i * stride + k, stride, panel + k * width + i, width);
    for (; k < depth; ++k) {
      for (int64_t j = i; j < i + 4; ++j) panel[k * width + j] = Widened(from[j * stride + k]);
    }
  }
  for (; i < width; ++i) {
    for (int64_t k = 0; k < depth; ++k) panel[k * width + i] = i < count ? Widened(from[i * stride + k]) : 0;
  }
}

// A panel of what `from` has at [k, i], or at [i, k] if `transposed`.
template <int64_t width>
BERING_INLINE void Pack(const MatrixElements& from, bool transposed, int64_t stride, int64_t count, int64_t depth,
                        float* panel) {
  const auto pack = [=](const auto* elements) BERING_LAMBDA {
    if (transposed) {
      PackColumns<width>(elements, stride, count, depth, panel);
    } else {
      PackRows<width>(elements, stride, count, depth, panel);
    }
  };
  if (from.narrow) {
    pack(static_cast<const uint16_t*>(from.data));
  } else {
    pack(static_cast<const float*>(from.data));
  }
}

// The product of a panel of `a`, `rows` wide, and one of `b`, two vectors wide, set or added to `m` rows and `n` columns of
// the result.
template <int64_t lanes, int64_t rows>
BERING_INLINE void Tile(const float* a, const float* b, int64_t depth, float* c, int64_t stride, int64_t m, int64_t n,
                        bool add) {
  typedef float Lanes __attribute__((vector_size(4 * lanes)));
  Lanes sums[rows][2] = {};
  for (int64_t k = 0; k < depth; ++k) {
    Lanes columns[2];
    std::memcpy(columns, b + k * 2 * lanes, sizeof(columns));
#pragma GCC unroll 8
    for (int64_t row = 0; row < rows; ++row) {
      sums[row][0] += columns[0] * a[k * rows + row];
      sums[row][1] += columns[1] * a[k * rows + row];
    }
  }
  if (m == rows && n == 2 * lanes) {
#pragma GCC unroll 8
    for (int64_t row = 0; row < rows; ++row) {
      Lanes before[2] = {};
      if (add) std::memcpy(before, c + row * stride, sizeof(before));
      const Lanes after[2] = {before[0] + sums[row][0], before[1] + sums[row][1]};
      std::memcpy(c + row * stride, after, sizeof(after));
    }
    return;
  }
  float rest[rows][2 * lanes];
#pragma GCC unroll 8
  for (int64_t row = 0; row < rows; ++row) std::memcpy(rest[row], sums[row], sizeof(rest[row]));
  for (int64_t row = 0; row < m; ++row) {
    for (int64_t i = 0; i < n; ++i) c[row * stride + i] = (add ? c[row * stride + i] : 0) + rest[row][i];
  }
}

template <int64_t lanes, int64_t rows>
BERING_INLINE void Compute(const Gemm& gemm, const GemmBlock& block) {
  constexpr int64_t width = 2 * lanes;
  static_assert(kMaxBlockRows % rows == 0 && kBlockRowGranularity % rows == 0 && kBlockColumnGranularity % width == 0);
  alignas(64) float a_panels[kMaxBlockRows * kDepth];
  alignas(64) float b_panel[width * kDepth];
  for (int64_t k = 0; k < gemm.k_count; k += kDepth) {
    const int64_t depth = std::min(kDepth, gemm.k_count - k);
    for (int64_t m = block.m_begin; m < block.m_end; m += rows) {
      Pack<rows>(gemm.a.From(k * gemm.m_count + m), /*transposed=*/false, gemm.m_count,
                 std::min(rows, block.m_end - m), depth, a_panels + (m - block.m_begin) * depth);
    }
    for (int64_t n = block.n_begin; n < block.n_end; n += width) {
      const int64_t columns = std::min(width, block.n_end - n);
      const bool transposed = gemm.rhs_transposed;
      const MatrixElements b = gemm.b.From(transposed ? n * gemm.k_count + k : k * gemm.n_count + n);
      Pack<width>(b, transposed, transposed ? gemm.k_count : gemm.n_count, columns, depth, b_panel);
      for (int64_t m = block.m_begin; m < block.m_end; m += rows) {
        Tile<lanes, rows>(a_panels + (m - block.m_begin) * depth, b_panel, depth, gemm.c + m * gemm.n_count + n,
                          gemm.n_count, std::min(rows, block.m_end - m), columns, /*add=*/k != 0);
      }
    }
  }
}

// Tiles that fit the registers: 32 of 16 floats, 16 of 8, and at least 16 of 4.
using BlockKernel = void (*)(const Gemm&, const GemmBlock&);

#if defined(__x86_64__)
__attribute__((target("arch=x86-64-v4"))) void ComputeV4(const Gemm& gemm, const GemmBlock& block) {
  Compute<16, 8>(gemm, block);
}

__attribute__((target("arch=x86-64-v3"))) void ComputeV3(const Gemm& gemm, const GemmBlock& block) {
  Compute<8, 6>(gemm, block);
}
#endif

void ComputeAnywhere(const Gemm& gemm, const GemmBlock& block) { Compute<4, 6>(gemm, block); }

BlockKernel KernelOfProcessor() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return ComputeV4;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return ComputeV3;
#endif
  return ComputeAnywhere;
}

}  // namespace

void ComputeBlock(const Gemm& gemm, const GemmBlock& block) {
  static const BlockKernel kernel = KernelOfProcessor();
  kernel(gemm, block);
}

}  // namespace bering
