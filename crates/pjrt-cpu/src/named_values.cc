#include "named_values.h"

#include <algorithm>

namespace bering {

NamedValues::NamedValues(const Map& values) {
  // Sorted, so that callers see one order in every process.
  std::vector<const Map::value_type*> sorted;
  for (const auto& entry : values) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  for (const auto* entry : sorted) Add(entry->first, entry->second);
}

void NamedValues::Add(absl::string_view name, const xla::PjRtValueType& value) {
  PJRT_NamedValue out = {};
  out.struct_size = PJRT_NamedValue_STRUCT_SIZE;
  out.name = strings_.emplace_back(name).c_str();
  out.name_size = name.size();
  out.value_size = 1;
  if (const auto* text = std::get_if<std::string>(&value)) {
    out.type = PJRT_NamedValue_kString;
    out.string_value = strings_.emplace_back(*text).c_str();
    out.value_size = text->size();
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out.type = PJRT_NamedValue_kBool;
    out.bool_value = *flag;
  } else if (const auto* integer = std::get_if<int64_t>(&value)) {
    out.type = PJRT_NamedValue_kInt64;
    out.int64_value = *integer;
  } else if (const auto* list = std::get_if<std::vector<int64_t>>(&value)) {
    out.type = PJRT_NamedValue_kInt64List;
    out.int64_array_value = lists_.emplace_back(*list).data();
    out.value_size = list->size();
  } else {
    out.type = PJRT_NamedValue_kFloat;
    out.float_value = std::get<float>(value);
  }
  values_.push_back(out);
}

}  // namespace bering
