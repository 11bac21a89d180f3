// `PJRT_Client` and what lives as long as it: devices, memories, topology.
//
// Buffers and executables keep a plain pointer to their client: the C API asks callers to destroy it last.

#ifndef BERING_PJRT_CPU_CLIENT_H_
#define BERING_PJRT_CPU_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "named_values.h"
#include "xla.h"

namespace bering {

class IntraOpPool;
class PoolAllocator;

// `PJRT_Memory` with the user data that the C API's function table lets callers attach.
struct Memory : PJRT_Memory {
  Memory(xla::PjRtMemorySpace* space, PJRT_Client* client);
  ~Memory();

  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  xla::PjRtMemorySpace* space;
  PJRT_Client* client;
  std::vector<PJRT_Device*> devices;

  struct UserData {
    void* data;
    void (*destroy)(void*);
  };
  absl::Mutex mutex;
  absl::flat_hash_map<const void*, UserData> user_data;
};

inline Memory* FromC(PJRT_Memory* memory) { return static_cast<Memory*>(memory); }

}  // namespace bering

struct PJRT_DeviceDescription {
  explicit PJRT_DeviceDescription(const xla::PjRtDeviceDescription* description);

  const xla::PjRtDeviceDescription* description;
  bering::NamedValues attributes;
  std::vector<const xla::PjRtMemorySpaceDescription*> memories;
};

struct PJRT_Device {
  explicit PJRT_Device(xla::PjRtDevice* device, PJRT_Client* client);

  xla::PjRtDevice* device;
  PJRT_Client* client;
  PJRT_DeviceDescription description;
  std::vector<PJRT_Memory*> memories;
  PJRT_Memory* default_memory = nullptr;
};

struct PJRT_TopologyDescription {
  explicit PJRT_TopologyDescription(const xla::PjRtTopologyDescription* topology);
  explicit PJRT_TopologyDescription(std::unique_ptr<xla::PjRtTopologyDescription> topology);

  std::unique_ptr<xla::PjRtTopologyDescription> owned;
  const xla::PjRtTopologyDescription* topology;
  std::vector<std::unique_ptr<const xla::PjRtDeviceDescription>> xla_descriptions;
  std::vector<std::unique_ptr<PJRT_DeviceDescription>> owned_descriptions;
  std::vector<PJRT_DeviceDescription*> descriptions;
  bering::NamedValues attributes;
};

struct PJRT_Client {
  explicit PJRT_Client(std::unique_ptr<xla::PjRtClient> client);
  ~PJRT_Client();

  // The pool that results are allocated from; null if the client was made without. Shared with XLA.
  std::shared_ptr<bering::PoolAllocator> allocator;
  // Where XLA's operations share their work.
  std::unique_ptr<bering::IntraOpPool> intra_op_pool;
  std::unique_ptr<xla::PjRtClient> client;
  std::vector<std::unique_ptr<bering::Memory>> owned_memories;
  std::vector<PJRT_Memory*> memories;
  std::vector<std::unique_ptr<PJRT_Device>> owned_devices;
  std::vector<PJRT_Device*> devices;
  std::vector<PJRT_Device*> addressable_devices;
  std::unique_ptr<PJRT_TopologyDescription> topology;
  absl::flat_hash_map<const xla::PjRtDevice*, PJRT_Device*> device_of;
  absl::flat_hash_map<const xla::PjRtMemorySpace*, PJRT_Memory*> memory_of;
};

namespace bering {

absl::StatusOr<PJRT_Device*> FindDevice(const PJRT_Client* client, const xla::PjRtDevice* device);
absl::StatusOr<PJRT_Memory*> FindMemory(const PJRT_Client* client, const xla::PjRtMemorySpace* memory);

// The memory that the pair of C arguments `device` and `memory` means: `memory` wins. Both may be null, then it
// is the default memory of the first device.
absl::StatusOr<xla::PjRtMemorySpace*> ResolveMemory(PJRT_Client* client, PJRT_Device* device,
                                                    PJRT_Memory* memory);

PJRT_Client_Create Client_Create;
PJRT_Client_Destroy Client_Destroy;
PJRT_Client_PlatformName Client_PlatformName;
PJRT_Client_ProcessIndex Client_ProcessIndex;
PJRT_Client_PlatformVersion Client_PlatformVersion;
PJRT_Client_TopologyDescription Client_TopologyDescription;
PJRT_Client_Devices Client_Devices;
PJRT_Client_AddressableDevices Client_AddressableDevices;
PJRT_Client_LookupDevice Client_LookupDevice;
PJRT_Client_LookupAddressableDevice Client_LookupAddressableDevice;
PJRT_Client_UpdateGlobalProcessInfo Client_UpdateGlobalProcessInfo;
PJRT_Client_AddressableMemories Client_AddressableMemories;
PJRT_Client_DefaultDeviceAssignment Client_DefaultDeviceAssignment;
PJRT_Client_DmaMap Client_DmaMap;
PJRT_Client_DmaUnmap Client_DmaUnmap;

PJRT_DeviceDescription_Id DeviceDescription_Id;
PJRT_DeviceDescription_ProcessIndex DeviceDescription_ProcessIndex;
PJRT_DeviceDescription_Attributes DeviceDescription_Attributes;
PJRT_DeviceDescription_Kind DeviceDescription_Kind;
PJRT_DeviceDescription_DebugString DeviceDescription_DebugString;
PJRT_DeviceDescription_ToString DeviceDescription_ToString;

PJRT_Device_GetDescription Device_GetDescription;
PJRT_Device_IsAddressable Device_IsAddressable;
PJRT_Device_LocalHardwareId Device_LocalHardwareId;
PJRT_Device_AddressableMemories Device_AddressableMemories;
PJRT_Device_DefaultMemory Device_DefaultMemory;
PJRT_Device_MemoryStats Device_MemoryStats;
PJRT_Device_ClearMemoryStats Device_ClearMemoryStats;
PJRT_Device_PoisonExecution Device_PoisonExecution;
PJRT_Device_GetAttributes Device_GetAttributes;
PJRT_Device_CreateAsyncTrackingEvent Device_CreateAsyncTrackingEvent;
PJRT_AsyncTrackingEvent_Destroy AsyncTrackingEvent_Destroy;

PJRT_Memory_Id Memory_Id;
PJRT_Memory_Kind Memory_Kind;
PJRT_Memory_Kind_Id Memory_Kind_Id;
PJRT_Memory_DebugString Memory_DebugString;
PJRT_Memory_ToString Memory_ToString;
PJRT_Memory_AddressableByDevices Memory_AddressableByDevices;

PJRT_TopologyDescription_Create TopologyDescription_Create;
PJRT_TopologyDescription_Destroy TopologyDescription_Destroy;
PJRT_TopologyDescription_PlatformName TopologyDescription_PlatformName;
PJRT_TopologyDescription_PlatformVersion TopologyDescription_PlatformVersion;
PJRT_TopologyDescription_GetDeviceDescriptions TopologyDescription_GetDeviceDescriptions;
PJRT_TopologyDescription_Serialize TopologyDescription_Serialize;
PJRT_TopologyDescription_Deserialize TopologyDescription_Deserialize;
PJRT_TopologyDescription_Attributes TopologyDescription_Attributes;
PJRT_TopologyDescription_Fingerprint TopologyDescription_Fingerprint;
PJRT_TopologyDescription_MakeCanonicalShapeForMemorySpace TopologyDescription_MakeCanonicalShapeForMemorySpace;
PJRT_TopologyDescription_GetMemorySpaceKindIds TopologyDescription_GetMemorySpaceKindIds;

}  // namespace bering

#endif  // BERING_PJRT_CPU_CLIENT_H_
