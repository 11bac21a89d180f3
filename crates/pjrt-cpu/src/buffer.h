// `PJRT_Buffer`: an array in a memory, and what the C API wants to point into as long as the array lives.

#ifndef BERING_PJRT_CPU_BUFFER_H_
#define BERING_PJRT_CPU_BUFFER_H_

#include <memory>
#include <optional>
#include <vector>

#include "client.h"
#include "shapes.h"
#include "xla.h"

struct PJRT_Buffer {
  PJRT_Buffer(std::unique_ptr<xla::PjRtBuffer> xla_buffer, PJRT_Client* owner)
      : buffer(std::move(xla_buffer)), client(owner) {}

  std::unique_ptr<xla::PjRtBuffer> buffer;
  PJRT_Client* client;

  // Made on first demand: most buffers are results that nobody inspects.
  struct Details {
    std::unique_ptr<bering::MemoryLayoutData> layout;
    std::optional<std::vector<int64_t>> unpadded_dims;
    std::optional<std::vector<size_t>> dynamic_dims;
    std::vector<std::unique_ptr<xla::PjRtBuffer::ExternalReference>> references;
  };
  absl::Mutex mutex;
  std::unique_ptr<Details> details;
};

namespace bering {

// Owned by the caller of the C API.
inline PJRT_Buffer* NewBuffer(std::unique_ptr<xla::PjRtBuffer> buffer, PJRT_Client* client) {
  return new PJRT_Buffer(std::move(buffer), client);
}

// FAILED_PRECONDITION if the buffer was deleted or donated.
absl::Status CheckAlive(const PJRT_Buffer* buffer);

PJRT_Buffer_Destroy Buffer_Destroy;
PJRT_Buffer_ElementType Buffer_ElementType;
PJRT_Buffer_Dimensions Buffer_Dimensions;
PJRT_Buffer_UnpaddedDimensions Buffer_UnpaddedDimensions;
PJRT_Buffer_DynamicDimensionIndices Buffer_DynamicDimensionIndices;
PJRT_Buffer_GetMemoryLayout Buffer_GetMemoryLayout;
PJRT_Buffer_OnDeviceSizeInBytes Buffer_OnDeviceSizeInBytes;
PJRT_Buffer_Device Buffer_Device;
PJRT_Buffer_Memory Buffer_Memory;
PJRT_Buffer_Delete Buffer_Delete;
PJRT_Buffer_IsDeleted Buffer_IsDeleted;
PJRT_Buffer_IsOnCpu Buffer_IsOnCpu;
PJRT_Buffer_ReadyEvent Buffer_ReadyEvent;
PJRT_Buffer_UnsafePointer Buffer_UnsafePointer;
PJRT_Buffer_IncreaseExternalReferenceCount Buffer_IncreaseExternalReferenceCount;
PJRT_Buffer_DecreaseExternalReferenceCount Buffer_DecreaseExternalReferenceCount;
PJRT_Buffer_OpaqueDeviceMemoryDataPointer Buffer_OpaqueDeviceMemoryDataPointer;

// In transfer.cc: bytes in, out and across.
PJRT_Client_BufferFromHostBuffer Client_BufferFromHostBuffer;
PJRT_Client_CreateViewOfDeviceBuffer Client_CreateViewOfDeviceBuffer;
PJRT_Client_CreateUninitializedBuffer Client_CreateUninitializedBuffer;
PJRT_Client_CreateErrorBuffer Client_CreateErrorBuffer;
PJRT_Client_CreateAliasBuffer Client_CreateAliasBuffer;
PJRT_Client_FulfillAliasBuffer Client_FulfillAliasBuffer;
PJRT_Buffer_ToHostBuffer Buffer_ToHostBuffer;
PJRT_Buffer_CopyRawToHost Buffer_CopyRawToHost;
PJRT_Buffer_CopyRawToHostFuture Buffer_CopyRawToHostFuture;
PJRT_Buffer_CopyToDevice Buffer_CopyToDevice;
PJRT_Buffer_CopyToMemory Buffer_CopyToMemory;
PJRT_Buffer_Bitcast Buffer_Bitcast;
PJRT_Buffer_DonateWithControlDependency Buffer_DonateWithControlDependency;

}  // namespace bering

#endif  // BERING_PJRT_CPU_BUFFER_H_
