// The kernels of our own that take products of matrices in XLA's place.

#ifndef BERING_PJRT_CPU_PRODUCTS_H_
#define BERING_PJRT_CPU_PRODUCTS_H_

#include <initializer_list>
#include <optional>

#include "xla.h"
#include "xla/hlo/ir/hlo_instruction.h"

namespace bering {

// What a call of one of the kernels adds and multiplies; no value if `instruction` is anything else.
std::optional<double> FlopsOfProduct(const xla::HloInstruction& instruction);

// Whether `dot` takes and gives elements of these types, added in f32 over one dimension, with the dimensions of a batch first.
bool IsProductOf(const xla::HloInstruction& dot, std::initializer_list<xla::PrimitiveType> types);

// Makes the kernels known to XLA. Call before the first program is compiled or loaded.
absl::Status RegisterProducts();

}  // namespace bering

#endif  // BERING_PJRT_CPU_PRODUCTS_H_
