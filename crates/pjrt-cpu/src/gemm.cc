#include "gemm.h"

#include <algorithm>

#include "ffi_registry.h"
#include "gemm_block.h"
#include "shares.h"
#include "xla/ffi/api/ffi.h"

namespace bering {
namespace {

// In products: less is computed faster than another thread is woken, or than a share is worth taking.
constexpr int64_t kProductsPerThread = 512 << 10;
constexpr int64_t kProductsPerShare = 256 << 10;
// What is packed of `a` serves so many columns.
constexpr int64_t kMaxBlockColumns = 512;

int64_t CeilOfRatio(int64_t count, int64_t size) { return (count + size - 1) / size; }

// `count` in equal parts of at most `max`.
int64_t PartOf(int64_t count, int64_t max, int64_t granularity) {
  const int64_t part = CeilOfRatio(count, CeilOfRatio(count, max));
  return std::min(CeilOfRatio(part, granularity) * granularity, max);
}

// The matrices of a batch, in blocks of equal size.
class Blocks {
 public:
  Blocks(const Gemm& gemm, int64_t batch_count, int64_t min_count)
      : rows_(PartOf(gemm.m_count, kMaxBlockRows, kBlockRowGranularity)),
        columns_(PartOf(gemm.n_count, kMaxBlockColumns, kBlockColumnGranularity)) {
    for (;;) {
      row_blocks_ = CeilOfRatio(gemm.m_count, rows_);
      column_blocks_ = CeilOfRatio(gemm.n_count, columns_);
      count_ = batch_count * row_blocks_ * column_blocks_;
      if (count_ >= min_count || rows_ * columns_ * gemm.k_count < 2 * kProductsPerShare) return;
      int64_t& larger = rows_ > columns_ ? rows_ : columns_;
      const int64_t granularity = rows_ > columns_ ? kBlockRowGranularity : kBlockColumnGranularity;
      const int64_t half = PartOf(larger, CeilOfRatio(larger, 2 * granularity) * granularity, granularity);
      if (half == larger) return;
      larger = half;
    }
  }

  int64_t count() const { return count_; }

  void Compute(Gemm gemm, int64_t index) const {
    const int64_t matrix = index / (row_blocks_ * column_blocks_);
    gemm.a = gemm.a.From(matrix * gemm.k_count * gemm.m_count);
    gemm.b = gemm.b.From(matrix * gemm.k_count * gemm.n_count);
    gemm.c += matrix * gemm.m_count * gemm.n_count;
    const int64_t m = index / column_blocks_ % row_blocks_ * rows_;
    const int64_t n = index % column_blocks_ * columns_;
    ComputeBlock(gemm, {m, std::min(m + rows_, gemm.m_count), n, std::min(n + columns_, gemm.n_count)});
  }

 private:
  int64_t rows_;
  int64_t columns_;
  int64_t row_blocks_;
  int64_t column_blocks_;
  int64_t count_;
};

using Matrices = xla::ffi::AnyBuffer;
using Products = xla::ffi::BufferR3<xla::ffi::F32>;

xla::ffi::Error Multiply(xla::ffi::ThreadPool& pool, const Matrices& a, const Matrices& b, Products& c,
                         bool rhs_transposed) {
  for (const Matrices* matrices : {&a, &b}) {
    const xla::ffi::DataType type = matrices->element_type();
    if (matrices->dimensions().size() != 3 || (type != xla::ffi::F32 && type != xla::ffi::BF16)) {
      return xla::ffi::Error::InvalidArgument("gemm: not a batch of matrices of f32 or bf16");
    }
  }
  const auto elements = [](const Matrices& matrices) {
    return MatrixElements{matrices.untyped_data(), matrices.element_type() == xla::ffi::BF16};
  };
  const int64_t batch_count = c.dimensions()[0], k_count = a.dimensions()[1];
  const Gemm gemm = {elements(a),       elements(b), c.typed_data(), c.dimensions()[1],
                     c.dimensions()[2], k_count,     rhs_transposed};
  if (a.dimensions()[0] != batch_count || b.dimensions()[0] != batch_count || a.dimensions()[2] != gemm.m_count ||
      b.dimensions()[rhs_transposed ? 2 : 1] != k_count || b.dimensions()[rhs_transposed ? 1 : 2] != gemm.n_count) {
    return xla::ffi::Error::InvalidArgument("gemm: the matrices do not fit each other");
  }
  if (c.element_count() == 0) return xla::ffi::Error::Success();
  if (k_count == 0) {
    std::fill_n(c.typed_data(), c.element_count(), 0.0f);
    return xla::ffi::Error::Success();
  }
  const int64_t products = static_cast<int64_t>(c.element_count()) * k_count;
  const int64_t threads = ThreadsFor(pool, products, kProductsPerThread);
  const Blocks blocks(gemm, batch_count, threads == 1 ? 1 : threads * kSharesPerThread);
  RunShares(pool, threads, blocks.count(), [&](int64_t index) { blocks.Compute(gemm, index); });
  return xla::ffi::Error::Success();
}

xla::ffi::Error MultiplyPlain(xla::ffi::ThreadPool pool, Matrices a, Matrices b, xla::ffi::Result<Products> c) {
  return Multiply(pool, a, b, *c, /*rhs_transposed=*/false);
}

xla::ffi::Error MultiplyTransposed(xla::ffi::ThreadPool pool, Matrices a, Matrices b, xla::ffi::Result<Products> c) {
  return Multiply(pool, a, b, *c, /*rhs_transposed=*/true);
}

auto GemmBinding() {
  return xla::ffi::Ffi::Bind().Ctx<xla::ffi::ThreadPool>().Arg<Matrices>().Arg<Matrices>().Ret<Products>();
}

XLA_FFI_DEFINE_HANDLER(kGemmHandler, MultiplyPlain, GemmBinding());
XLA_FFI_DEFINE_HANDLER(kGemmTransposedHandler, MultiplyTransposed, GemmBinding());

}  // namespace

absl::Status RegisterGemm() {
  ABSL_RETURN_IF_ERROR(RegisterHostHandler(kGemm, kGemmHandler));
  return RegisterHostHandler(kGemmTransposed, kGemmTransposedHandler);
}

}  // namespace bering
