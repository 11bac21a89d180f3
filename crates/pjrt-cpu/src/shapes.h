// Element types, shapes and layouts between the C API and XLA.
//
// XLA's shape functions abort on most malformed input (negative or overflowing dimensions, layouts that are no
// permutation), so everything that a caller sends is checked here before an `xla::Shape` is made of it.

#ifndef BERING_PJRT_CPU_SHAPES_H_
#define BERING_PJRT_CPU_SHAPES_H_

#include <optional>
#include <string>

#include "xla.h"

namespace bering {

absl::StatusOr<xla::PrimitiveType> ToPrimitiveType(PJRT_Buffer_Type type);

// `PJRT_Buffer_Type_INVALID` for types that the C API has no name for.
PJRT_Buffer_Type FromPrimitiveType(xla::PrimitiveType type);

// The array shape of a caller, with the default (major to minor) layout. `num_dims` dimensions at `dims`.
absl::StatusOr<xla::Shape> ToShape(PJRT_Buffer_Type type, const int64_t* dims, size_t num_dims);

// Checks dimensions that come with an element type already known to be good.
absl::Status CheckDimensions(xla::PrimitiveType type, absl::Span<const int64_t> dims);

// The dense layout a caller asked for. Strides are accepted where they are those of a dense layout.
absl::StatusOr<xla::Layout> ToLayout(const PJRT_Buffer_MemoryLayout& layout, const xla::Shape& shape);

// As above, and `std::nullopt` for a null pointer.
absl::StatusOr<std::optional<xla::Layout>> ToOptionalLayout(const PJRT_Buffer_MemoryLayout* layout,
                                                            const xla::Shape& shape);

// Backing storage for a `PJRT_Buffer_MemoryLayout`.
struct MemoryLayoutData {
  explicit MemoryLayoutData(const xla::Layout& layout);

  MemoryLayoutData(const MemoryLayoutData&) = delete;
  MemoryLayoutData& operator=(const MemoryLayoutData&) = delete;

  PJRT_Buffer_MemoryLayout layout = {};

 private:
  std::vector<int64_t> minor_to_major_;
  std::vector<int64_t> tile_dims_;
  std::vector<size_t> tile_dim_sizes_;
};

// For error messages: `f32[2,3]`.
std::string Describe(const xla::Shape& shape);

}  // namespace bering

#endif  // BERING_PJRT_CPU_SHAPES_H_
