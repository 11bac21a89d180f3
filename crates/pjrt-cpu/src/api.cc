// The one exported symbol, and the table behind it.

#include <cstring>

#include "buffer.h"
#include "client.h"
#include "error.h"
#include "event.h"
#include "executable.h"
#include "extensions.h"
#include "plugin.h"
#include "transfer_manager.h"
#include "unsupported.h"
#include "xla.h"

namespace bering {
namespace {

PJRT_Api MakeApi() {
  PJRT_Api api;
  std::memset(&api, 0, sizeof(api));
  api.struct_size = PJRT_Api_STRUCT_SIZE;
  api.extension_start = Extensions();
  api.pjrt_api_version.struct_size = PJRT_Api_Version_STRUCT_SIZE;
  api.pjrt_api_version.major_version = PJRT_API_MAJOR;
  api.pjrt_api_version.minor_version = PJRT_API_MINOR;

  // In the order of the header. A function missing here is a null pointer, which the smoke test looks for.
#define BERING_SET(Name) api.PJRT_##Name = Name
  BERING_SET(Error_Destroy);
  BERING_SET(Error_Message);
  BERING_SET(Error_GetCode);
  BERING_SET(Plugin_Initialize);
  BERING_SET(Plugin_Attributes);
  BERING_SET(Event_Destroy);
  BERING_SET(Event_IsReady);
  BERING_SET(Event_Error);
  BERING_SET(Event_Await);
  BERING_SET(Event_OnReady);
  BERING_SET(Client_Create);
  BERING_SET(Client_Destroy);
  BERING_SET(Client_PlatformName);
  BERING_SET(Client_ProcessIndex);
  BERING_SET(Client_PlatformVersion);
  BERING_SET(Client_Devices);
  BERING_SET(Client_AddressableDevices);
  BERING_SET(Client_LookupDevice);
  BERING_SET(Client_LookupAddressableDevice);
  BERING_SET(Client_AddressableMemories);
  BERING_SET(Client_Compile);
  BERING_SET(Client_DefaultDeviceAssignment);
  BERING_SET(Client_BufferFromHostBuffer);
  BERING_SET(DeviceDescription_Id);
  BERING_SET(DeviceDescription_ProcessIndex);
  BERING_SET(DeviceDescription_Attributes);
  BERING_SET(DeviceDescription_Kind);
  BERING_SET(DeviceDescription_DebugString);
  BERING_SET(DeviceDescription_ToString);
  BERING_SET(Device_GetDescription);
  BERING_SET(Device_IsAddressable);
  BERING_SET(Device_LocalHardwareId);
  BERING_SET(Device_AddressableMemories);
  BERING_SET(Device_DefaultMemory);
  BERING_SET(Device_MemoryStats);
  BERING_SET(Memory_Id);
  BERING_SET(Memory_Kind);
  BERING_SET(Memory_DebugString);
  BERING_SET(Memory_ToString);
  BERING_SET(Memory_AddressableByDevices);
  BERING_SET(Executable_Destroy);
  BERING_SET(Executable_Name);
  BERING_SET(Executable_NumReplicas);
  BERING_SET(Executable_NumPartitions);
  BERING_SET(Executable_NumOutputs);
  BERING_SET(Executable_SizeOfGeneratedCodeInBytes);
  BERING_SET(Executable_GetCostAnalysis);
  BERING_SET(Executable_OutputMemoryKinds);
  BERING_SET(Executable_OptimizedProgram);
  BERING_SET(Executable_Serialize);
  BERING_SET(LoadedExecutable_Destroy);
  BERING_SET(LoadedExecutable_GetExecutable);
  BERING_SET(LoadedExecutable_AddressableDevices);
  BERING_SET(LoadedExecutable_Delete);
  BERING_SET(LoadedExecutable_IsDeleted);
  BERING_SET(LoadedExecutable_Execute);
  BERING_SET(Executable_DeserializeAndLoad);
  BERING_SET(LoadedExecutable_Fingerprint);
  BERING_SET(Buffer_Destroy);
  BERING_SET(Buffer_ElementType);
  BERING_SET(Buffer_Dimensions);
  BERING_SET(Buffer_UnpaddedDimensions);
  BERING_SET(Buffer_DynamicDimensionIndices);
  BERING_SET(Buffer_GetMemoryLayout);
  BERING_SET(Buffer_OnDeviceSizeInBytes);
  BERING_SET(Buffer_Device);
  BERING_SET(Buffer_Memory);
  BERING_SET(Buffer_Delete);
  BERING_SET(Buffer_IsDeleted);
  BERING_SET(Buffer_CopyToDevice);
  BERING_SET(Buffer_ToHostBuffer);
  BERING_SET(Buffer_IsOnCpu);
  BERING_SET(Buffer_ReadyEvent);
  BERING_SET(Buffer_UnsafePointer);
  BERING_SET(Buffer_IncreaseExternalReferenceCount);
  BERING_SET(Buffer_DecreaseExternalReferenceCount);
  BERING_SET(Buffer_OpaqueDeviceMemoryDataPointer);
  BERING_SET(CopyToDeviceStream_Destroy);
  BERING_SET(CopyToDeviceStream_AddChunk);
  BERING_SET(CopyToDeviceStream_TotalBytes);
  BERING_SET(CopyToDeviceStream_GranuleSize);
  BERING_SET(CopyToDeviceStream_CurrentBytes);
  BERING_SET(TopologyDescription_Create);
  BERING_SET(TopologyDescription_Destroy);
  BERING_SET(TopologyDescription_PlatformName);
  BERING_SET(TopologyDescription_PlatformVersion);
  BERING_SET(TopologyDescription_GetDeviceDescriptions);
  BERING_SET(TopologyDescription_Serialize);
  BERING_SET(TopologyDescription_Attributes);
  BERING_SET(Compile);
  BERING_SET(Executable_OutputElementTypes);
  BERING_SET(Executable_OutputDimensions);
  BERING_SET(Buffer_CopyToMemory);
  BERING_SET(Client_CreateViewOfDeviceBuffer);
  BERING_SET(Executable_Fingerprint);
  BERING_SET(Client_TopologyDescription);
  BERING_SET(Executable_GetCompiledMemoryStats);
  BERING_SET(Memory_Kind_Id);
  BERING_SET(ExecuteContext_Create);
  BERING_SET(ExecuteContext_Destroy);
  BERING_SET(Buffer_CopyRawToHost);
  BERING_SET(AsyncHostToDeviceTransferManager_Destroy);
  BERING_SET(AsyncHostToDeviceTransferManager_TransferData);
  BERING_SET(Client_CreateBuffersForAsyncHostToDevice);
  BERING_SET(AsyncHostToDeviceTransferManager_RetrieveBuffer);
  BERING_SET(AsyncHostToDeviceTransferManager_Device);
  BERING_SET(AsyncHostToDeviceTransferManager_BufferCount);
  BERING_SET(AsyncHostToDeviceTransferManager_BufferSize);
  BERING_SET(AsyncHostToDeviceTransferManager_SetBufferError);
  BERING_SET(AsyncHostToDeviceTransferManager_AddMetadata);
  BERING_SET(Client_DmaMap);
  BERING_SET(Client_DmaUnmap);
  BERING_SET(Client_CreateUninitializedBuffer);
  BERING_SET(Client_UpdateGlobalProcessInfo);
  BERING_SET(TopologyDescription_Deserialize);
  BERING_SET(Client_CreateAliasBuffer);
  BERING_SET(Client_FulfillAliasBuffer);
  BERING_SET(LoadedExecutable_GetDeviceAssignment);
  BERING_SET(Client_CreateErrorBuffer);
  BERING_SET(AsyncHostToDeviceTransferManager_TransferLiteral);
  BERING_SET(Buffer_CopyRawToHostFuture);
  BERING_SET(Device_PoisonExecution);
  BERING_SET(Device_CreateAsyncTrackingEvent);
  BERING_SET(AsyncTrackingEvent_Destroy);
  BERING_SET(Executable_GetCompileOptions);
  BERING_SET(Buffer_DonateWithControlDependency);
  BERING_SET(Event_Create);
  BERING_SET(Event_Set);
  BERING_SET(Device_GetAttributes);
  BERING_SET(Client_Load);
  BERING_SET(LoadedExecutable_AddressableDeviceLogicalIds);
  BERING_SET(Buffer_Bitcast);
  BERING_SET(Error_ForEachPayload);
  BERING_SET(TopologyDescription_Fingerprint);
  BERING_SET(Executable_ParameterMemoryKinds);
  BERING_SET(Device_ClearMemoryStats);
  BERING_SET(TopologyDescription_MakeCanonicalShapeForMemorySpace);
  BERING_SET(TopologyDescription_GetMemorySpaceKindIds);
#undef BERING_SET
  return api;
}

}  // namespace
}  // namespace bering

extern "C" __attribute__((visibility("default"))) const PJRT_Api* GetPjrtApi() {
  static const PJRT_Api api = bering::MakeApi();
  return &api;
}
