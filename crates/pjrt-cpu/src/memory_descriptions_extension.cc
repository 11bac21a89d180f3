// The kinds of memory of a device, known without a client.

#include <algorithm>

#include "client.h"
#include "entry.h"
#include "extensions.h"

namespace bering {
namespace {

// A `PJRT_MemoryDescription` is XLA's own object under another name.
const xla::PjRtMemorySpaceDescription* FromC(const PJRT_MemoryDescription* description) {
  return reinterpret_cast<const xla::PjRtMemorySpaceDescription*>(description);
}

BERING_ENTRY(DeviceDescription_MemoryDescriptions, default_memory_index) {
  BERING_REQUIRE(args->device_description);
  const auto& memories = args->device_description->memories;
  args->memory_descriptions = reinterpret_cast<const PJRT_MemoryDescription* const*>(memories.data());
  args->num_memory_descriptions = memories.size();
  args->default_memory_index = static_cast<size_t>(-1);
  if (auto preferred = args->device_description->description->default_memory_space(); preferred.ok()) {
    auto found = std::find(memories.begin(), memories.end(), *preferred);
    if (found != memories.end()) args->default_memory_index = static_cast<size_t>(found - memories.begin());
  }
  return absl::OkStatus();
}

BERING_ENTRY(MemoryDescription_Kind, kind_id) {
  BERING_REQUIRE(args->memory_description);
  absl::string_view kind = FromC(args->memory_description)->kind();
  args->kind = kind.data();
  args->kind_size = kind.size();
  args->kind_id = FromC(args->memory_description)->kind_id();
  return absl::OkStatus();
}

}  // namespace

PJRT_MemoryDescriptions_Extension MakeMemoryDescriptionsExtension() {
  PJRT_MemoryDescriptions_Extension extension = {};
  extension.base =
      ExtensionBase(PJRT_Extension_Type_MemoryDescriptions, PJRT_MemoryDescriptions_Extension_STRUCT_SIZE);
  extension.PJRT_DeviceDescription_MemoryDescriptions = DeviceDescription_MemoryDescriptions;
  extension.PJRT_MemoryDescription_Kind = MemoryDescription_Kind;
  return extension;
}

}  // namespace bering
