// Devices and their descriptions.

#include "allocator.h"
#include "client.h"
#include "entry.h"

struct PJRT_AsyncTrackingEvent {
  std::unique_ptr<xla::ScopedAsyncTrackingEvent> event;
};

PJRT_DeviceDescription::PJRT_DeviceDescription(const xla::PjRtDeviceDescription* xla_description)
    : description(xla_description), attributes(xla_description->Attributes()) {
  memories.assign(description->memory_spaces().begin(), description->memory_spaces().end());
}

PJRT_Device::PJRT_Device(xla::PjRtDevice* xla_device, PJRT_Client* owner)
    : device(xla_device), client(owner), description(&xla_device->description()) {
  for (xla::PjRtMemorySpace* space : device->memory_spaces()) memories.push_back(owner->memory_of.at(space));
  if (auto space = device->default_memory_space(); space.ok()) default_memory = owner->memory_of.at(*space);
}

namespace bering {

BERING_ENTRY(DeviceDescription_Id, id) {
  BERING_REQUIRE(args->device_description);
  args->id = args->device_description->description->id();
  return absl::OkStatus();
}

BERING_ENTRY(DeviceDescription_ProcessIndex, process_index) {
  BERING_REQUIRE(args->device_description);
  args->process_index = args->device_description->description->process_index();
  return absl::OkStatus();
}

BERING_ENTRY(DeviceDescription_Attributes, attributes) {
  BERING_REQUIRE(args->device_description);
  args->attributes = args->device_description->attributes.data();
  args->num_attributes = args->device_description->attributes.size();
  return absl::OkStatus();
}

BERING_ENTRY(DeviceDescription_Kind, device_kind_size) {
  BERING_REQUIRE(args->device_description);
  absl::string_view kind = args->device_description->description->device_kind();
  args->device_kind = kind.data();
  args->device_kind_size = kind.size();
  return absl::OkStatus();
}

BERING_ENTRY(DeviceDescription_DebugString, debug_string_size) {
  BERING_REQUIRE(args->device_description);
  absl::string_view text = args->device_description->description->DebugString();
  args->debug_string = text.data();
  args->debug_string_size = text.size();
  return absl::OkStatus();
}

BERING_ENTRY(DeviceDescription_ToString, to_string_size) {
  BERING_REQUIRE(args->device_description);
  absl::string_view text = args->device_description->description->ToString();
  args->to_string = text.data();
  args->to_string_size = text.size();
  return absl::OkStatus();
}

BERING_ENTRY(Device_GetDescription, device_description) {
  BERING_REQUIRE(args->device);
  args->device_description = &args->device->description;
  return absl::OkStatus();
}

BERING_ENTRY(Device_IsAddressable, is_addressable) {
  BERING_REQUIRE(args->device);
  args->is_addressable = args->device->device->IsAddressable();
  return absl::OkStatus();
}

BERING_ENTRY(Device_LocalHardwareId, local_hardware_id) {
  BERING_REQUIRE(args->device);
  args->local_hardware_id = args->device->device->local_hardware_id().value();
  return absl::OkStatus();
}

BERING_ENTRY(Device_AddressableMemories, num_memories) {
  BERING_REQUIRE(args->device);
  args->memories = args->device->memories.data();
  args->num_memories = args->device->memories.size();
  return absl::OkStatus();
}

BERING_ENTRY(Device_DefaultMemory, memory) {
  BERING_REQUIRE(args->device);
  args->memory = args->device->default_memory;
  if (args->memory == nullptr) return absl::UnimplementedError("the device has no default memory");
  return absl::OkStatus();
}

BERING_ENTRY(Device_GetAttributes, attributes_deleter) {
  BERING_REQUIRE(args->device);
  // They are those of the description, and live as long as the device: there is nothing to free.
  args->attributes = args->device->description.attributes.data();
  args->num_attributes = args->device->description.attributes.size();
  args->device_attributes = nullptr;
  args->attributes_deleter = [](PJRT_Device_Attributes*) {};
  return absl::OkStatus();
}

BERING_ENTRY(Device_PoisonExecution, poisoned) {
  BERING_REQUIRE(args->device);
  absl::Status error = MakeStatus(args->error_code, args->error_message, args->error_message_size);
  if (error.ok()) return absl::InvalidArgumentError("an execution cannot be poisoned with an OK status");
  if (BERING_HAS_FIELD(PJRT_Device_PoisonExecution_Args, args, num_payload)) {
    error = AddPayload(std::move(error), args->payload, args->num_payload);
  }
  ABSL_ASSIGN_OR_RETURN(args->poisoned, args->device->device->PoisonExecution(args->launch_id, std::move(error)));
  return absl::OkStatus();
}

namespace {

// All devices of a client share one memory, so they share its statistics.
absl::StatusOr<Pool*> PoolOf(const PJRT_Device* device) {
  if (device->client->allocator == nullptr) {
    return absl::UnimplementedError("memory statistics need the client option `pool_allocator`");
  }
  return device->client->allocator->pool();
}

}  // namespace

BERING_ENTRY(Device_MemoryStats, largest_free_block_bytes_is_set) {
  BERING_REQUIRE(args->device);
  ABSL_ASSIGN_OR_RETURN(Pool * pool, PoolOf(args->device));
  const Pool::Stats stats = pool->GetStats();
  args->bytes_in_use = stats.bytes_in_use;
  args->peak_bytes_in_use = stats.peak_bytes_in_use;
  args->peak_bytes_in_use_is_set = true;
  args->num_allocs = stats.num_allocations;
  args->num_allocs_is_set = true;
  args->largest_alloc_size = stats.largest_allocation;
  args->largest_alloc_size_is_set = true;
  args->bytes_limit = static_cast<int64_t>(Pool::MemoryLimit());
  args->bytes_limit_is_set = true;
  args->bytes_reserved_is_set = false;
  args->peak_bytes_reserved_is_set = false;
  args->bytes_reservable_limit_is_set = false;
  args->largest_free_block_bytes_is_set = false;
  using Args = PJRT_Device_MemoryStats_Args;
  if (BERING_HAS_FIELD(Args, args, peak_pool_bytes_is_set)) {
    args->pool_bytes = stats.pool_bytes;
    args->pool_bytes_is_set = true;
    args->peak_pool_bytes = stats.peak_pool_bytes;
    args->peak_pool_bytes_is_set = true;
  }
  if (BERING_HAS_FIELD(Args, args, peak_allocated_bytes_is_set)) args->peak_allocated_bytes_is_set = false;
  return absl::OkStatus();
}

BERING_ENTRY(Device_ClearMemoryStats, device) {
  BERING_REQUIRE(args->device);
  ABSL_ASSIGN_OR_RETURN(Pool * pool, PoolOf(args->device));
  pool->ResetPeaks();
  return absl::OkStatus();
}

BERING_ENTRY(Device_CreateAsyncTrackingEvent, event) {
  BERING_REQUIRE(args->device);
  absl::string_view description =
      args->description == nullptr ? "" : absl::string_view(args->description, args->description_size);
  args->event = new PJRT_AsyncTrackingEvent{args->device->device->CreateAsyncTrackingEvent(description)};
  return absl::OkStatus();
}

BERING_ENTRY(AsyncTrackingEvent_Destroy, event) {
  delete args->event;
  return absl::OkStatus();
}

}  // namespace bering
