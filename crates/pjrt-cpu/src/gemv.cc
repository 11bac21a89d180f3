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

// Of rows shorter than this, adding up the lanes of a vector is most of the work: eight are done together.
constexpr int64_t kShortRow = 96;
constexpr int64_t kShortRows = 8;
constexpr int64_t kShortLanes = 8;
typedef float ShortLanes __attribute__((vector_size(4 * kShortLanes)));
typedef uint16_t ShortHalfLanes __attribute__((vector_size(2 * kShortLanes)));
typedef uint32_t ShortWordLanes __attribute__((vector_size(4 * kShortLanes)));

BERING_INLINE void Load(const float* from, ShortLanes& lanes) { std::memcpy(&lanes, from, sizeof(lanes)); }

BERING_INLINE void Load(const BFloat16* from, ShortLanes& lanes) {
  ShortHalfLanes halves;
  std::memcpy(&halves, from, sizeof(halves));
  const ShortWordLanes words = __builtin_convertvector(halves, ShortWordLanes) << 16;
  std::memcpy(&lanes, &words, sizeof(lanes));
}

// Neighbours in both, added.
BERING_INLINE ShortLanes AddPairs(ShortLanes a, ShortLanes b) {
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) +
         __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

// The first `count` of eight rows; those that are not there are read as the last.
template <typename T>
BERING_INLINE void ShortRowGroup(const T* w, const float* x, float* y, int64_t count, int64_t k_count) {
  const T* rows[kShortRows];
  for (int64_t row = 0; row < kShortRows; ++row) rows[row] = w + std::min(row, count - 1) * k_count;
  ShortLanes sums[kShortRows] = {};
  int64_t k = 0;
  for (; k + kShortLanes <= k_count; k += kShortLanes) {
    ShortLanes factor;
    Load(x + k, factor);
#pragma GCC unroll 8
    for (int64_t row = 0; row < kShortRows; ++row) {
      ShortLanes weights;
      Load(rows[row] + k, weights);
      sums[row] += weights * factor;
    }
  }
  const ShortLanes all = AddPairs(AddPairs(AddPairs(sums[0], sums[1]), AddPairs(sums[2], sums[3])),
                                  AddPairs(AddPairs(sums[4], sums[5]), AddPairs(sums[6], sums[7])));
  if (count == kShortRows && k == k_count) {
    std::memcpy(y, &all, sizeof(all));
    return;
  }
  for (int64_t row = 0; row < count; ++row) {
    float sum = all[row];
    for (int64_t rest = k; rest < k_count; ++rest) sum += Widen(rows[row][rest]) * x[rest];
    y[row] = sum;
  }
}

template <typename T>
BERING_INLINE void Rows(const T* w, const float* x, float* y, int64_t count, int64_t k_count) {
  int64_t n = 0;
  if (k_count < kShortRow) {
    for (; n < count; n += kShortRows) {
      ShortRowGroup(w + n * k_count, x, y + n, std::min(kShortRows, count - n), k_count);
    }
    return;
  }
  for (; n + kRows <= count; n += kRows) RowGroup<kRows>(w + n * k_count, x, y + n, k_count);
  for (; n < count; ++n) RowGroup<1>(w + n * k_count, x, y + n, k_count);
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
BERING_INLINE void Columns(const T* w, const float* x, float* y, int64_t begin, int64_t end, int64_t k_count,
                           int64_t n_count) {
  constexpr int64_t kGroup = 8;
  std::memset(y + begin, 0, (end - begin) * sizeof(float));
  int64_t k = 0;
  for (; k + kGroup <= k_count; k += kGroup) AddRows<kGroup>(w + k * n_count, x + k, y, begin, end, n_count);
  for (; k < k_count; ++k) AddRows<1>(w + k * n_count, x + k, y, begin, end, n_count);
}

// Of a batch: each vector with its own matrix.
struct Problem {
  const void* w;
  const float* x;
  float* y;
  int64_t batch_count;
  int64_t n_count;
  int64_t k_count;
};

// Calls `part(matrix, n_begin, n_end)` for the sums from `begin` up to `end` of all.
template <typename Part>
BERING_INLINE void ForEachMatrix(const Problem& problem, int64_t begin, int64_t end, Part part) {
  while (begin < end) {
    const int64_t matrix = begin / problem.n_count;
    const int64_t first = matrix * problem.n_count;
    const int64_t last = std::min(first + problem.n_count, end);
    part(matrix, begin - first, last - first);
    begin = last;
  }
}

template <typename T>
BERING_INLINE void RowRange(const Problem& problem, int64_t begin, int64_t end) {
  const int64_t n_count = problem.n_count, k_count = problem.k_count;
  ForEachMatrix(problem, begin, end, [&](int64_t matrix, int64_t n_begin, int64_t n_end) BERING_LAMBDA {
    const int64_t row = matrix * n_count + n_begin;
    Rows(static_cast<const T*>(problem.w) + row * k_count, problem.x + matrix * k_count, problem.y + row,
         n_end - n_begin, k_count);
  });
}

template <typename T>
BERING_INLINE void ColumnRange(const Problem& problem, int64_t begin, int64_t end) {
  const int64_t n_count = problem.n_count, k_count = problem.k_count;
  ForEachMatrix(problem, begin, end, [&](int64_t matrix, int64_t n_begin, int64_t n_end) BERING_LAMBDA {
    Columns(static_cast<const T*>(problem.w) + matrix * k_count * n_count, problem.x + matrix * k_count,
            problem.y + matrix * n_count, n_begin, n_end, k_count, n_count);
  });
}

BERING_FOR_EACH_PROCESSOR
void RowsOfFloats(const Problem& problem, int64_t begin, int64_t end) { RowRange<float>(problem, begin, end); }

BERING_FOR_EACH_PROCESSOR
void RowsOfBFloats(const Problem& problem, int64_t begin, int64_t end) { RowRange<BFloat16>(problem, begin, end); }

BERING_FOR_EACH_PROCESSOR
void ColumnsOfFloats(const Problem& problem, int64_t begin, int64_t end) { ColumnRange<float>(problem, begin, end); }

BERING_FOR_EACH_PROCESSOR
void ColumnsOfBFloats(const Problem& problem, int64_t begin, int64_t end) {
  ColumnRange<BFloat16>(problem, begin, end);
}

using Kernel = void (*)(const Problem&, int64_t begin, int64_t end);

// Less than this is read faster than another thread is woken.
constexpr int64_t kBytesPerThread = 128 << 10;
// Shares begin where a group of rows, and a cache line of `y`, begins.
constexpr int64_t kGranularity = 16;

void Run(xla::ffi::ThreadPool& pool, const Problem& problem, int64_t bytes, Kernel kernel) {
  const int64_t threads = ThreadsFor(pool, bytes, kBytesPerThread);
  const int64_t count = problem.batch_count * problem.n_count;
  if (threads == 1) return kernel(problem, 0, count);
  const int64_t shares = threads * kSharesPerThread;
  const int64_t size = (count + shares * kGranularity - 1) / (shares * kGranularity) * kGranularity;
  RunShares(pool, threads, (count + size - 1) / size, [&problem, kernel, size, count](int64_t share) {
    kernel(problem, share * size, std::min((share + 1) * size, count));
  });
}

struct Kernels {
  Kernel floats;
  Kernel bfloats;
};

using Vectors = xla::ffi::BufferR2<xla::ffi::F32>;

xla::ffi::Error Gemv(xla::ffi::ThreadPool& pool, const Vectors& x, const xla::ffi::AnyBuffer& w, Vectors& y, bool rows,
                     Kernels kernels) {
  const int64_t batch_count = y.dimensions()[0], n_count = y.dimensions()[1], k_count = x.dimensions()[1];
  const auto dimensions = w.dimensions();
  if (dimensions.size() != 3 || dimensions[0] != batch_count || x.dimensions()[0] != batch_count ||
      dimensions[rows ? 1 : 2] != n_count || dimensions[rows ? 2 : 1] != k_count) {
    return xla::ffi::Error::InvalidArgument("gemv: the matrices do not fit the vectors");
  }
  const Problem problem = {w.untyped_data(), x.typed_data(), y.typed_data(), batch_count, n_count, k_count};
  const bool wide = w.element_type() == xla::ffi::F32;
  if (!wide && w.element_type() != xla::ffi::BF16) {
    return xla::ffi::Error::InvalidArgument("gemv: the matrices are neither f32 nor bf16");
  }
  Run(pool, problem, w.size_bytes(), wide ? kernels.floats : kernels.bfloats);
  return xla::ffi::Error::Success();
}

xla::ffi::Error GemvRows(xla::ffi::ThreadPool pool, Vectors x, xla::ffi::AnyBuffer w, xla::ffi::Result<Vectors> y) {
  return Gemv(pool, x, w, *y, /*rows=*/true, {RowsOfFloats, RowsOfBFloats});
}

xla::ffi::Error GemvColumns(xla::ffi::ThreadPool pool, Vectors x, xla::ffi::AnyBuffer w, xla::ffi::Result<Vectors> y) {
  return Gemv(pool, x, w, *y, /*rows=*/false, {ColumnsOfFloats, ColumnsOfBFloats});
}

auto GemvBinding() {
  return xla::ffi::Ffi::Bind().Ctx<xla::ffi::ThreadPool>().Arg<Vectors>().Arg<xla::ffi::AnyBuffer>().Ret<Vectors>();
}

XLA_FFI_DEFINE_HANDLER(kRowsHandler, GemvRows, GemvBinding());
XLA_FFI_DEFINE_HANDLER(kColumnsHandler, GemvColumns, GemvBinding());

}  // namespace

absl::Status RegisterGemv() {
  ABSL_RETURN_IF_ERROR(RegisterHostHandler(kGemvRows, kRowsHandler));
  return RegisterHostHandler(kGemvColumns, kColumnsHandler);
}

}  // namespace bering
