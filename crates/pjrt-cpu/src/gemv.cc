#include "gemv.h"

#include <algorithm>
#include <cstring>

#include "ffi_registry.h"
#include "processors.h"
#include "shares.h"
#include "xla/ffi/api/ffi.h"

namespace bering {
namespace {

constexpr int64_t kLanes = 16;
typedef float Lanes __attribute__((vector_size(4 * kLanes)));
typedef uint16_t HalfLanes __attribute__((vector_size(2 * kLanes)));
typedef uint32_t WordLanes __attribute__((vector_size(4 * kLanes)));

// The bits of a bfloat16, which are the upper half of a float's.
struct BFloat16 {
  uint16_t bits;
};

BERING_INLINE void Load(const float* from, Lanes& lanes) { std::memcpy(&lanes, from, sizeof(lanes)); }

BERING_INLINE void Load(const BFloat16* from, Lanes& lanes) {
  HalfLanes halves;
  std::memcpy(&halves, from, sizeof(halves));
  const WordLanes words = __builtin_convertvector(halves, WordLanes) << 16;
  std::memcpy(&lanes, &words, sizeof(lanes));
}

BERING_INLINE float Widen(float value) { return value; }

BERING_INLINE float Widen(BFloat16 value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float wide;
  std::memcpy(&wide, &bits, sizeof(wide));
  return wide;
}

// Rows are taken in groups, for as many streams from memory and as few loads of `x`.
constexpr int64_t kRows = 4;

template <int64_t rows, typename T>
BERING_INLINE void RowGroup(const T* w, const float* x, float* y, int64_t k_count) {
  Lanes sums[rows][2] = {};
  int64_t k = 0;
  for (; k + 2 * kLanes <= k_count; k += 2 * kLanes) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      Lanes factor;
      Load(x + k + half * kLanes, factor);
#pragma GCC unroll 4
      for (int64_t row = 0; row < rows; ++row) {
        Lanes weights;
        Load(w + row * k_count + k + half * kLanes, weights);
        sums[row][half] += weights * factor;
      }
    }
  }
#pragma GCC unroll 4
  for (int64_t row = 0; row < rows; ++row) {
    const Lanes both = sums[row][0] + sums[row][1];
    float sum = 0;
    for (int64_t lane = 0; lane < kLanes; ++lane) sum += both[lane];
    for (int64_t rest = k; rest < k_count; ++rest) sum += Widen(w[row * k_count + rest]) * x[rest];
    y[row] = sum;
  }
}

template <typename T>
BERING_INLINE void RowRange(const T* w, const float* x, float* y, int64_t begin, int64_t end, int64_t k_count) {
  int64_t n = begin;
  for (; n + kRows <= end; n += kRows) RowGroup<kRows>(w + n * k_count, x, y + n, k_count);
  for (; n < end; ++n) RowGroup<1>(w + n * k_count, x, y + n, k_count);
}

template <int64_t rows, typename T>
BERING_INLINE void AddRows(const T* w, const float* x, float* y, int64_t begin, int64_t end, int64_t n_count) {
  int64_t n = begin;
  for (; n + kLanes <= end; n += kLanes) {
    Lanes sum;
    Load(y + n, sum);
#pragma GCC unroll 8
    for (int64_t row = 0; row < rows; ++row) {
      Lanes weights;
      Load(w + row * n_count + n, weights);
      sum += weights * x[row];
    }
    std::memcpy(y + n, &sum, sizeof(sum));
  }
  for (; n < end; ++n) {
    for (int64_t row = 0; row < rows; ++row) y[n] += Widen(w[row * n_count + n]) * x[row];
  }
}

// Eight rows of `w` at a time are read from left to right, as prefetching likes it, and added to `y`, which stays in the
// first cache.
template <typename T>
BERING_INLINE void ColumnRange(const T* w, const float* x, float* y, int64_t begin, int64_t end, int64_t k_count,
                               int64_t n_count) {
  constexpr int64_t kGroup = 8;
  std::memset(y + begin, 0, (end - begin) * sizeof(float));
  int64_t k = 0;
  for (; k + kGroup <= k_count; k += kGroup) AddRows<kGroup>(w + k * n_count, x + k, y, begin, end, n_count);
  for (; k < k_count; ++k) AddRows<1>(w + k * n_count, x + k, y, begin, end, n_count);
}

struct Problem {
  const void* w;
  const float* x;
  float* y;
  int64_t n_count;
  int64_t k_count;
};

BERING_FOR_EACH_PROCESSOR
void RowsOfFloats(const Problem& problem, int64_t begin, int64_t end) {
  RowRange(static_cast<const float*>(problem.w), problem.x, problem.y, begin, end, problem.k_count);
}

BERING_FOR_EACH_PROCESSOR
void RowsOfBFloats(const Problem& problem, int64_t begin, int64_t end) {
  RowRange(static_cast<const BFloat16*>(problem.w), problem.x, problem.y, begin, end, problem.k_count);
}

BERING_FOR_EACH_PROCESSOR
void ColumnsOfFloats(const Problem& problem, int64_t begin, int64_t end) {
  ColumnRange(static_cast<const float*>(problem.w), problem.x, problem.y, begin, end, problem.k_count,
              problem.n_count);
}

BERING_FOR_EACH_PROCESSOR
void ColumnsOfBFloats(const Problem& problem, int64_t begin, int64_t end) {
  ColumnRange(static_cast<const BFloat16*>(problem.w), problem.x, problem.y, begin, end, problem.k_count,
              problem.n_count);
}

using Kernel = void (*)(const Problem&, int64_t begin, int64_t end);

// Less than this is read faster than another thread is woken.
constexpr int64_t kBytesPerThread = 128 << 10;
// Shares begin where a group of rows, and a cache line of `y`, begins.
constexpr int64_t kGranularity = 16;

void Run(xla::ffi::ThreadPool& pool, const Problem& problem, int64_t bytes, Kernel kernel) {
  const int64_t threads = ThreadsFor(pool, bytes, kBytesPerThread);
  if (threads == 1) return kernel(problem, 0, problem.n_count);
  const int64_t shares = threads * kSharesPerThread;
  const int64_t size = (problem.n_count + shares * kGranularity - 1) / (shares * kGranularity) * kGranularity;
  RunShares(pool, threads, (problem.n_count + size - 1) / size, [&problem, kernel, size](int64_t share) {
    kernel(problem, share * size, std::min((share + 1) * size, problem.n_count));
  });
}

struct Kernels {
  Kernel floats;
  Kernel bfloats;
};

xla::ffi::Error Gemv(xla::ffi::ThreadPool& pool, const xla::ffi::BufferR1<xla::ffi::F32>& x,
                     const xla::ffi::AnyBuffer& w, xla::ffi::BufferR1<xla::ffi::F32>& y, bool rows, Kernels kernels) {
  const int64_t n_count = y.element_count();
  const int64_t k_count = x.element_count();
  const auto dimensions = w.dimensions();
  if (dimensions.size() != 2 || dimensions[rows ? 0 : 1] != n_count || dimensions[rows ? 1 : 0] != k_count) {
    return xla::ffi::Error::InvalidArgument("gemv: the matrix does not fit the vectors");
  }
  const Problem problem = {w.untyped_data(), x.typed_data(), y.typed_data(), n_count, k_count};
  const bool wide = w.element_type() == xla::ffi::F32;
  if (!wide && w.element_type() != xla::ffi::BF16) {
    return xla::ffi::Error::InvalidArgument("gemv: the matrix is neither f32 nor bf16");
  }
  Run(pool, problem, w.size_bytes(), wide ? kernels.floats : kernels.bfloats);
  return xla::ffi::Error::Success();
}

xla::ffi::Error GemvRows(xla::ffi::ThreadPool pool, xla::ffi::BufferR1<xla::ffi::F32> x, xla::ffi::AnyBuffer w,
                         xla::ffi::ResultBufferR1<xla::ffi::F32> y) {
  return Gemv(pool, x, w, *y, /*rows=*/true, {RowsOfFloats, RowsOfBFloats});
}

xla::ffi::Error GemvColumns(xla::ffi::ThreadPool pool, xla::ffi::BufferR1<xla::ffi::F32> x, xla::ffi::AnyBuffer w,
                            xla::ffi::ResultBufferR1<xla::ffi::F32> y) {
  return Gemv(pool, x, w, *y, /*rows=*/false, {ColumnsOfFloats, ColumnsOfBFloats});
}

auto GemvBinding() {
  return xla::ffi::Ffi::Bind()
      .Ctx<xla::ffi::ThreadPool>()
      .Arg<xla::ffi::BufferR1<xla::ffi::F32>>()
      .Arg<xla::ffi::AnyBuffer>()
      .Ret<xla::ffi::BufferR1<xla::ffi::F32>>();
}

XLA_FFI_DEFINE_HANDLER(kRowsHandler, GemvRows, GemvBinding());
XLA_FFI_DEFINE_HANDLER(kColumnsHandler, GemvColumns, GemvBinding());

}  // namespace

absl::Status RegisterGemv() {
  ABSL_RETURN_IF_ERROR(RegisterHostHandler(kGemvRows, kRowsHandler));
  return RegisterHostHandler(kGemvColumns, kColumnsHandler);
}

}  // namespace bering
