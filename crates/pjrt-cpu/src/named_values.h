// Lists of `PJRT_NamedValue` that own what they point to.

#ifndef BERING_PJRT_CPU_NAMED_VALUES_H_
#define BERING_PJRT_CPU_NAMED_VALUES_H_

#include <deque>
#include <string>
#include <vector>

#include "xla.h"

namespace bering {

class NamedValues {
 public:
  using Map = absl::flat_hash_map<std::string, xla::PjRtValueType>;

  NamedValues() = default;
  explicit NamedValues(const Map& values);

  NamedValues(const NamedValues&) = delete;
  NamedValues& operator=(const NamedValues&) = delete;

  void Add(absl::string_view name, const xla::PjRtValueType& value);

  const PJRT_NamedValue* data() const { return values_.data(); }
  size_t size() const { return values_.size(); }

 private:
  std::vector<PJRT_NamedValue> values_;
  // Deques: `values_` points into their elements, which must not move.
  std::deque<std::string> strings_;
  std::deque<std::vector<int64_t>> lists_;
};

}  // namespace bering

#endif  // BERING_PJRT_CPU_NAMED_VALUES_H_
