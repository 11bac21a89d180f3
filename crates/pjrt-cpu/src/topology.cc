// Topologies: the devices of a client, described without one.

#include <atomic>

#include "client.h"
#include "entry.h"
#include "environment.h"
#include "options.h"
#include "shapes.h"

struct PJRT_SerializedTopology {
  std::string bytes;
};

PJRT_TopologyDescription::PJRT_TopologyDescription(const xla::PjRtTopologyDescription* xla_topology)
    : topology(xla_topology), xla_descriptions(xla_topology->DeviceDescriptions()),
      attributes(xla_topology->Attributes()) {
  for (const auto& description : xla_descriptions) {
    owned_descriptions.push_back(std::make_unique<PJRT_DeviceDescription>(description.get()));
    descriptions.push_back(owned_descriptions.back().get());
  }
}

PJRT_TopologyDescription::PJRT_TopologyDescription(std::unique_ptr<xla::PjRtTopologyDescription> xla_topology)
    : PJRT_TopologyDescription(xla_topology.get()) {
  owned = std::move(xla_topology);
}

namespace bering {

BERING_ENTRY(TopologyDescription_Create, topology) {
  ABSL_RETURN_IF_ERROR(CheckEnvironment());
  ABSL_ASSIGN_OR_RETURN(ClientOptions options, ParseClientOptions(args->create_options, args->num_options));
  if (args->topology_name != nullptr && args->topology_name_size != 0) {
    absl::string_view name(args->topology_name, args->topology_name_size);
    if (name != "cpu") {
      return absl::InvalidArgumentError(absl::StrCat("unknown topology `", name, "`; the CPU plugin knows: cpu"));
    }
  }
  std::vector<xla::CpuTopology::CpuDevice> devices;
  for (int i = 0; i < options.device_count; ++i) devices.push_back({/*process_id=*/0, /*local_device_id=*/i});
  xla::CpuTopology topology(std::move(devices), HostMachine());
  args->topology = new PJRT_TopologyDescription(std::make_unique<xla::CpuTopologyDescription>(
      xla::CpuPlatformId(), xla::CpuPlatformName(), xla::CpuPlatformVersion(), topology));
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_Destroy, topology) {
  // That of a client belongs to the client.
  if (args->topology != nullptr && args->topology->owned == nullptr) {
    return absl::InvalidArgumentError("the topology belongs to a client and is destroyed with it");
  }
  delete args->topology;
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_PlatformName, platform_name_size) {
  BERING_REQUIRE(args->topology);
  absl::string_view name = args->topology->topology->platform_name();
  args->platform_name = name.data();
  args->platform_name_size = name.size();
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_PlatformVersion, platform_version_size) {
  BERING_REQUIRE(args->topology);
  absl::string_view version = args->topology->topology->platform_version();
  args->platform_version = version.data();
  args->platform_version_size = version.size();
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_GetDeviceDescriptions, num_descriptions) {
  BERING_REQUIRE(args->topology);
  args->descriptions = args->topology->descriptions.data();
  args->num_descriptions = args->topology->descriptions.size();
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_Serialize, serialized_topology_deleter) {
  BERING_REQUIRE(args->topology);
  ABSL_ASSIGN_OR_RETURN(xla::PjRtTopologyDescriptionProto proto, args->topology->topology->ToProto());
  auto* serialized = new PJRT_SerializedTopology{proto.SerializeAsString()};
  args->serialized_bytes = serialized->bytes.data();
  args->serialized_bytes_size = serialized->bytes.size();
  args->serialized_topology = serialized;
  args->serialized_topology_deleter = [](PJRT_SerializedTopology* backing) { delete backing; };
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_Deserialize, topology) {
  BERING_REQUIRE(args->serialized_topology);
  xla::PjRtTopologyDescriptionProto proto;
  if (!proto.ParseFromArray(args->serialized_topology, static_cast<int>(args->serialized_topology_size))) {
    return absl::InvalidArgumentError("these bytes are not a serialized topology");
  }
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::CpuTopologyDescription> topology,
                        xla::CpuTopologyDescription::FromProto(proto));
  args->topology = new PJRT_TopologyDescription(std::move(topology));
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_Attributes, num_attributes) {
  BERING_REQUIRE(args->topology);
  args->attributes = args->topology->attributes.data();
  args->num_attributes = args->topology->attributes.size();
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_Fingerprint, fingerprint) {
  BERING_REQUIRE(args->topology);
  ABSL_ASSIGN_OR_RETURN(args->fingerprint, args->topology->topology->Fingerprint());
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_MakeCanonicalShapeForMemorySpace, serialized_shape_deleter) {
  BERING_REQUIRE(args->topology);
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape, ToShape(args->element_type, args->dims, args->num_dims));
  ABSL_ASSIGN_OR_RETURN(std::optional<xla::Layout> layout, ToOptionalLayout(args->layout, shape));
  ABSL_ASSIGN_OR_RETURN(xla::Shape canonical,
                        args->topology->topology->MakeCanonicalShapeForMemorySpace(
                            args->memory_space_kind_id, shape, layout.has_value() ? &*layout : nullptr));
  const std::string bytes = canonical.ToProto().SerializeAsString();
  char* copy = new char[bytes.size()];
  bytes.copy(copy, bytes.size());
  args->serialized_shape = copy;
  args->serialized_shape_size = bytes.size();
  args->serialized_shape_deleter = [](const char* backing) { delete[] backing; };
  return absl::OkStatus();
}

BERING_ENTRY(TopologyDescription_GetMemorySpaceKindIds, num_memory_space_kind_ids) {
  BERING_REQUIRE(args->topology);
  absl::Span<const int> ids = args->topology->topology->GetMemorySpaceKindIds();
  args->memory_space_kind_ids = ids.data();
  args->num_memory_space_kind_ids = ids.size();
  return absl::OkStatus();
}

}  // namespace bering
