// Layouts of buffers and of the parameters and results of executables.

#include "buffer.h"
#include "entry.h"
#include "executable.h"
#include "extensions.h"

struct PJRT_Layouts_SerializedLayout {
  std::string bytes;
};

namespace bering {
namespace {

PJRT_Layouts_MemoryLayout* NewLayout(std::shared_ptr<const xla::PjRtLayout> layout) {
  return new PJRT_Layouts_MemoryLayout{std::move(layout)};
}

BERING_ENTRY(Layouts_MemoryLayout_Destroy, layout) {
  delete args->layout;
  return absl::OkStatus();
}

BERING_ENTRY(Layouts_MemoryLayout_Serialize, serialized_layout_deleter) {
  BERING_REQUIRE(args->layout);
  auto* serialized = new PJRT_Layouts_SerializedLayout{args->layout->layout->Serialize()};
  args->serialized_bytes = serialized->bytes.data();
  args->serialized_bytes_size = serialized->bytes.size();
  args->serialized_layout = serialized;
  args->serialized_layout_deleter = [](PJRT_Layouts_SerializedLayout* backing) { delete backing; };
  return absl::OkStatus();
}

BERING_ENTRY(Layouts_PJRT_Buffer_MemoryLayout, layout) {
  BERING_REQUIRE(args->buffer);
  const xla::Shape& shape = args->buffer->buffer->on_device_shape();
  if (!shape.IsArray() || !shape.has_layout()) {
    return absl::InvalidArgumentError(absl::StrCat("a buffer of ", Describe(shape), " has no layout"));
  }
  args->layout = NewLayout(args->buffer->buffer->layout());
  return absl::OkStatus();
}

absl::StatusOr<PJRT_Layouts_MemoryLayout*> DefaultLayout(const xla::PjRtTopologyDescription& topology,
                                                         PJRT_Buffer_Type type, const int64_t* dims,
                                                         size_t num_dims) {
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape, ToShape(type, dims, num_dims));
  if (!shape.IsArray()) return absl::InvalidArgumentError(absl::StrCat("a ", Describe(shape), " has no layout"));
  ABSL_ASSIGN_OR_RETURN(xla::Layout layout, topology.GetDefaultLayout(shape.element_type(), shape.dimensions()));
  return NewLayout(std::make_shared<xla::PjRtLayout>(std::move(layout)));
}

BERING_ENTRY(Layouts_PJRT_Client_GetDefaultLayout, layout) {
  BERING_REQUIRE(args->client);
  BERING_REQUIRE(args->client->topology);
  ABSL_ASSIGN_OR_RETURN(args->layout,
                        DefaultLayout(*args->client->topology->topology, args->type, args->dims, args->num_dims));
  return absl::OkStatus();
}

BERING_ENTRY(Layouts_PJRT_Topology_GetDefaultLayout, layout) {
  BERING_REQUIRE(args->topology_description);
  ABSL_ASSIGN_OR_RETURN(args->layout, DefaultLayout(*args->topology_description->topology, args->type, args->dims,
                                                    args->num_dims));
  return absl::OkStatus();
}

using LayoutList = PJRT_Executable::LayoutList;
using LayoutPointers = std::vector<std::shared_ptr<const xla::PjRtLayout>>;

std::unique_ptr<LayoutList> MakeLayoutList(LayoutPointers layouts) {
  auto list = std::make_unique<LayoutList>();
  for (auto& layout : layouts) list->layouts.push_back({std::move(layout)});
  for (PJRT_Layouts_MemoryLayout& layout : list->layouts) list->pointers.push_back(&layout);
  return list;
}

BERING_ENTRY(Layouts_PJRT_Executable_GetOutputLayouts, layouts) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  auto& list = args->executable->output_layouts;
  if (list == nullptr) {
    ABSL_ASSIGN_OR_RETURN(LayoutPointers layouts, args->executable->executable->GetOutputLayouts());
    list = MakeLayoutList(std::move(layouts));
  }
  args->num_outputs = list->pointers.size();
  args->layouts = list->pointers.data();
  return absl::OkStatus();
}

BERING_ENTRY(Layouts_PJRT_Executable_GetParameterLayouts, layouts) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  auto& list = args->executable->parameter_layouts;
  if (list == nullptr) {
    ABSL_ASSIGN_OR_RETURN(LayoutPointers layouts, args->executable->executable->GetParameterLayouts());
    list = MakeLayoutList(std::move(layouts));
  }
  args->num_parameters = list->pointers.size();
  args->layouts = list->pointers.data();
  return absl::OkStatus();
}

}  // namespace

PJRT_Layouts_Extension MakeLayoutsExtension() {
  PJRT_Layouts_Extension extension = {};
  extension.base = ExtensionBase(PJRT_Extension_Type_Layouts, PJRT_Layouts_Extension_STRUCT_SIZE);
  extension.PJRT_Layouts_MemoryLayout_Destroy = Layouts_MemoryLayout_Destroy;
  extension.PJRT_Layouts_MemoryLayout_Serialize = Layouts_MemoryLayout_Serialize;
  extension.PJRT_Layouts_PJRT_Client_GetDefaultLayout = Layouts_PJRT_Client_GetDefaultLayout;
  extension.PJRT_Layouts_PJRT_Buffer_MemoryLayout = Layouts_PJRT_Buffer_MemoryLayout;
  extension.PJRT_Layouts_PJRT_Topology_GetDefaultLayout = Layouts_PJRT_Topology_GetDefaultLayout;
  extension.PJRT_Layouts_PJRT_Executable_GetOutputLayouts = Layouts_PJRT_Executable_GetOutputLayouts;
  extension.PJRT_Layouts_PJRT_Executable_GetParameterLayouts = Layouts_PJRT_Executable_GetParameterLayouts;
  return extension;
}

}  // namespace bering
