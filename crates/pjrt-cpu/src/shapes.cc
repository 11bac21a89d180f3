#include "shapes.h"

#include <algorithm>
#include <limits>

namespace bering {
namespace {

struct TypePair {
  PJRT_Buffer_Type c;
  xla::PrimitiveType cpp;
};

constexpr TypePair kTypes[] = {
    {PJRT_Buffer_Type_PRED, xla::PRED},
    {PJRT_Buffer_Type_S8, xla::S8},
    {PJRT_Buffer_Type_S16, xla::S16},
    {PJRT_Buffer_Type_S32, xla::S32},
    {PJRT_Buffer_Type_S64, xla::S64},
    {PJRT_Buffer_Type_U8, xla::U8},
    {PJRT_Buffer_Type_U16, xla::U16},
    {PJRT_Buffer_Type_U32, xla::U32},
    {PJRT_Buffer_Type_U64, xla::U64},
    {PJRT_Buffer_Type_F16, xla::F16},
    {PJRT_Buffer_Type_F32, xla::F32},
    {PJRT_Buffer_Type_F64, xla::F64},
    {PJRT_Buffer_Type_BF16, xla::BF16},
    {PJRT_Buffer_Type_C64, xla::C64},
    {PJRT_Buffer_Type_C128, xla::C128},
    {PJRT_Buffer_Type_F8E5M2, xla::F8E5M2},
    {PJRT_Buffer_Type_F8E4M3FN, xla::F8E4M3FN},
    {PJRT_Buffer_Type_F8E4M3B11FNUZ, xla::F8E4M3B11FNUZ},
    {PJRT_Buffer_Type_F8E5M2FNUZ, xla::F8E5M2FNUZ},
    {PJRT_Buffer_Type_F8E4M3FNUZ, xla::F8E4M3FNUZ},
    {PJRT_Buffer_Type_S4, xla::S4},
    {PJRT_Buffer_Type_U4, xla::U4},
    {PJRT_Buffer_Type_TOKEN, xla::TOKEN},
    {PJRT_Buffer_Type_S2, xla::S2},
    {PJRT_Buffer_Type_U2, xla::U2},
    {PJRT_Buffer_Type_F8E4M3, xla::F8E4M3},
    {PJRT_Buffer_Type_F8E3M4, xla::F8E3M4},
    {PJRT_Buffer_Type_F8E8M0FNU, xla::F8E8M0FNU},
    {PJRT_Buffer_Type_F4E2M1FN, xla::F4E2M1FN},
    {PJRT_Buffer_Type_S1, xla::S1},
    {PJRT_Buffer_Type_U1, xla::U1},
    {PJRT_Buffer_Type_F6E2M3FN, xla::F6E2M3FN},
    {PJRT_Buffer_Type_F6E3M2FN, xla::F6E3M2FN},
};

absl::Status CheckPermutation(absl::Span<const int64_t> order, size_t rank) {
  std::vector<bool> seen(rank, false);
  for (int64_t dim : order) {
    if (dim < 0 || static_cast<size_t>(dim) >= rank || seen[dim]) {
      return absl::InvalidArgumentError(absl::StrCat("layout {", absl::StrJoin(order, ","),
                                                     "} is not a permutation of the ", rank, " dimensions"));
    }
    seen[dim] = true;
  }
  return absl::OkStatus();
}

// A layout of byte strides is accepted if it is some dense order of the dimensions.
absl::StatusOr<xla::Layout> FromStrides(absl::Span<const int64_t> strides, const xla::Shape& shape) {
  const auto dims = shape.dimensions();
  std::vector<int64_t> order(dims.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(order.size() - 1 - i);
  // Of equal strides, the dimension of size 1 is the more minor one.
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return std::make_pair(strides[a], dims[a]) < std::make_pair(strides[b], dims[b]);
  });
  int64_t expected = xla::primitive_util::ByteWidth(shape.element_type());
  for (int64_t dim : order) {
    if (dims[dim] > 1 && strides[dim] != expected) {
      return absl::UnimplementedError(absl::StrCat("strides {", absl::StrJoin(strides, ","), "} of ",
                                                   Describe(shape), " are not those of a dense layout"));
    }
    expected *= std::max<int64_t>(dims[dim], 1);
  }
  return xla::Layout(order);
}

}  // namespace

absl::StatusOr<xla::PrimitiveType> ToPrimitiveType(PJRT_Buffer_Type type) {
  for (const TypePair& pair : kTypes) {
    if (pair.c == type) return pair.cpp;
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown PJRT_Buffer_Type ", static_cast<int>(type)));
}

PJRT_Buffer_Type FromPrimitiveType(xla::PrimitiveType type) {
  for (const TypePair& pair : kTypes) {
    if (pair.cpp == type) return pair.c;
  }
  return PJRT_Buffer_Type_INVALID;
}

absl::Status CheckDimensions(xla::PrimitiveType type, absl::Span<const int64_t> dims) {
  // Sizes are computed in bits somewhere inside XLA, hence the eighth. Zero-sized dimensions do not excuse the
  // others: strides multiply all but one of them.
  constexpr int64_t kMaxBytes = std::numeric_limits<int64_t>::max() / 8;
  int64_t bytes = type == xla::TOKEN ? 1 : xla::primitive_util::ByteWidth(type);
  for (int64_t dim : dims) {
    if (dim < 0) {
      return absl::InvalidArgumentError(absl::StrCat("negative dimension in [", absl::StrJoin(dims, ","), "]"));
    }
    const int64_t factor = std::max<int64_t>(dim, 1);
    if (bytes > kMaxBytes / factor) {
      return absl::InvalidArgumentError(absl::StrCat("an array of dimensions [", absl::StrJoin(dims, ","),
                                                     "] is larger than the address space"));
    }
    bytes *= factor;
  }
  return absl::OkStatus();
}

absl::StatusOr<xla::Shape> ToShape(PJRT_Buffer_Type type, const int64_t* dims, size_t num_dims) {
  ABSL_ASSIGN_OR_RETURN(xla::PrimitiveType element_type, ToPrimitiveType(type));
  if (num_dims != 0 && dims == nullptr) return absl::InvalidArgumentError("dimensions are null");
  absl::Span<const int64_t> span(dims, num_dims);
  ABSL_RETURN_IF_ERROR(CheckDimensions(element_type, span));
  if (element_type == xla::TOKEN) {
    if (num_dims != 0) return absl::InvalidArgumentError("a token has no dimensions");
    return xla::ShapeUtil::MakeTokenShape();
  }
  return xla::ShapeUtil::MakeShape(element_type, span);
}

absl::StatusOr<xla::Layout> ToLayout(const PJRT_Buffer_MemoryLayout& layout, const xla::Shape& shape) {
  const size_t rank = shape.IsArray() ? shape.dimensions().size() : 0;
  if (layout.type == PJRT_Buffer_MemoryLayout_Type_Strides) {
    const auto& strides = layout.strides;
    if (strides.num_byte_strides != rank || (rank != 0 && strides.byte_strides == nullptr)) {
      return absl::InvalidArgumentError(
          absl::StrCat("a layout of ", strides.num_byte_strides, " strides for ", Describe(shape)));
    }
    return FromStrides(absl::MakeConstSpan(strides.byte_strides, rank), shape);
  }
  if (layout.type != PJRT_Buffer_MemoryLayout_Type_Tiled) {
    return absl::InvalidArgumentError(absl::StrCat("unknown layout type ", static_cast<int>(layout.type)));
  }
  const auto& tiled = layout.tiled;
  if (tiled.minor_to_major_size != rank || (rank != 0 && tiled.minor_to_major == nullptr)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a layout of ", tiled.minor_to_major_size, " dimensions for ", Describe(shape)));
  }
  if (tiled.num_tiles != 0) return absl::UnimplementedError("the CPU has no tiled layouts");
  absl::Span<const int64_t> order(tiled.minor_to_major, rank);
  ABSL_RETURN_IF_ERROR(CheckPermutation(order, rank));
  return xla::Layout(order);
}

absl::StatusOr<std::optional<xla::Layout>> ToOptionalLayout(const PJRT_Buffer_MemoryLayout* layout,
                                                            const xla::Shape& shape) {
  if (layout == nullptr) return std::nullopt;
  ABSL_ASSIGN_OR_RETURN(xla::Layout converted, ToLayout(*layout, shape));
  return converted;
}

MemoryLayoutData::MemoryLayoutData(const xla::Layout& xla_layout)
    : minor_to_major_(xla_layout.minor_to_major().begin(), xla_layout.minor_to_major().end()) {
  for (const xla::Tile& tile : xla_layout.tiles()) {
    tile_dim_sizes_.push_back(tile.dimensions().size());
    tile_dims_.insert(tile_dims_.end(), tile.dimensions().begin(), tile.dimensions().end());
  }
  layout.struct_size = PJRT_Buffer_MemoryLayout_STRUCT_SIZE;
  layout.type = PJRT_Buffer_MemoryLayout_Type_Tiled;
  layout.tiled.struct_size = PJRT_Buffer_MemoryLayout_Tiled_STRUCT_SIZE;
  layout.tiled.minor_to_major = minor_to_major_.data();
  layout.tiled.minor_to_major_size = minor_to_major_.size();
  layout.tiled.tile_dims = tile_dims_.data();
  layout.tiled.tile_dim_sizes = tile_dim_sizes_.data();
  layout.tiled.num_tiles = tile_dim_sizes_.size();
}

std::string Describe(const xla::Shape& shape) { return shape.ToString(); }

}  // namespace bering
