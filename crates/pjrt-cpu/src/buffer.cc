// What can be asked of a buffer without moving its bytes.

#include "buffer.h"

#include "entry.h"
#include "event.h"

namespace bering {
namespace {

PJRT_Buffer::Details& DetailsOf(PJRT_Buffer* buffer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(buffer->mutex) {
  if (buffer->details == nullptr) buffer->details = std::make_unique<PJRT_Buffer::Details>();
  return *buffer->details;
}

}  // namespace

absl::Status CheckAlive(const PJRT_Buffer* buffer) {
  if (!buffer->buffer->IsDeleted()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the buffer ", Describe(buffer->buffer->on_device_shape()), " was deleted or donated"));
}

BERING_ENTRY(Buffer_Destroy, buffer) {
  delete args->buffer;
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_ElementType, type) {
  BERING_REQUIRE(args->buffer);
  args->type = FromPrimitiveType(args->buffer->buffer->element_type());
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_Dimensions, num_dims) {
  BERING_REQUIRE(args->buffer);
  absl::Span<const int64_t> dims = args->buffer->buffer->dimensions();
  args->dims = dims.data();
  args->num_dims = dims.size();
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_UnpaddedDimensions, num_dims) {
  BERING_REQUIRE(args->buffer);
  if (!args->buffer->buffer->has_dynamic_dimensions()) {
    absl::Span<const int64_t> dims = args->buffer->buffer->dimensions();
    args->unpadded_dims = dims.data();
    args->num_dims = dims.size();
    return absl::OkStatus();
  }
  absl::MutexLock lock(args->buffer->mutex);
  PJRT_Buffer::Details& details = DetailsOf(args->buffer);
  if (!details.unpadded_dims.has_value()) {
    ABSL_RETURN_IF_ERROR(CheckAlive(args->buffer));
    ABSL_ASSIGN_OR_RETURN(details.unpadded_dims, args->buffer->buffer->logical_dimensions());
  }
  args->unpadded_dims = details.unpadded_dims->data();
  args->num_dims = details.unpadded_dims->size();
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_DynamicDimensionIndices, num_dynamic_dims) {
  BERING_REQUIRE(args->buffer);
  args->dynamic_dim_indices = nullptr;
  args->num_dynamic_dims = 0;
  if (!args->buffer->buffer->has_dynamic_dimensions()) return absl::OkStatus();
  absl::MutexLock lock(args->buffer->mutex);
  PJRT_Buffer::Details& details = DetailsOf(args->buffer);
  if (!details.dynamic_dims.has_value()) {
    absl::Span<const bool> dynamic = args->buffer->buffer->is_dynamic_dimension();
    details.dynamic_dims.emplace();
    for (size_t i = 0; i < dynamic.size(); ++i) {
      if (dynamic[i]) details.dynamic_dims->push_back(i);
    }
  }
  args->dynamic_dim_indices = details.dynamic_dims->data();
  args->num_dynamic_dims = details.dynamic_dims->size();
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_GetMemoryLayout, layout) {
  BERING_REQUIRE(args->buffer);
  const xla::Shape& shape = args->buffer->buffer->on_device_shape();
  if (!shape.IsArray() || !shape.has_layout()) {
    return absl::InvalidArgumentError(absl::StrCat("a buffer of ", Describe(shape), " has no layout"));
  }
  absl::MutexLock lock(args->buffer->mutex);
  PJRT_Buffer::Details& details = DetailsOf(args->buffer);
  if (details.layout == nullptr) details.layout = std::make_unique<MemoryLayoutData>(shape.layout());
  args->layout = details.layout->layout;
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_OnDeviceSizeInBytes, on_device_size_in_bytes) {
  BERING_REQUIRE(args->buffer);
  ABSL_RETURN_IF_ERROR(CheckAlive(args->buffer));
  ABSL_ASSIGN_OR_RETURN(args->on_device_size_in_bytes, args->buffer->buffer->GetOnDeviceSizeInBytes());
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_Device, device) {
  BERING_REQUIRE(args->buffer);
  ABSL_ASSIGN_OR_RETURN(args->device, FindDevice(args->buffer->client, args->buffer->buffer->device()));
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_Memory, memory) {
  BERING_REQUIRE(args->buffer);
  ABSL_ASSIGN_OR_RETURN(args->memory, FindMemory(args->buffer->client, args->buffer->buffer->memory_space()));
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_Delete, buffer) {
  BERING_REQUIRE(args->buffer);
  args->buffer->buffer->Delete();
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_IsDeleted, is_deleted) {
  BERING_REQUIRE(args->buffer);
  args->is_deleted = args->buffer->buffer->IsDeleted();
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_IsOnCpu, is_on_cpu) {
  BERING_REQUIRE(args->buffer);
  args->is_on_cpu = args->buffer->buffer->IsOnCpu();
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_ReadyEvent, event) {
  BERING_REQUIRE(args->buffer);
  args->event = NewEvent(args->buffer->buffer->GetReadyFuture());
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_UnsafePointer, buffer_pointer) {
  BERING_REQUIRE(args->buffer);
  ABSL_RETURN_IF_ERROR(CheckAlive(args->buffer));
  ABSL_ASSIGN_OR_RETURN(args->buffer_pointer,
                        args->buffer->client->client->UnsafeBufferPointer(args->buffer->buffer.get()));
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_IncreaseExternalReferenceCount, buffer) {
  BERING_REQUIRE(args->buffer);
  ABSL_RETURN_IF_ERROR(CheckAlive(args->buffer));
  ABSL_ASSIGN_OR_RETURN(auto reference, args->buffer->buffer->AcquireExternalReference());
  absl::MutexLock lock(args->buffer->mutex);
  DetailsOf(args->buffer).references.push_back(std::move(reference));
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_DecreaseExternalReferenceCount, buffer) {
  BERING_REQUIRE(args->buffer);
  absl::MutexLock lock(args->buffer->mutex);
  auto& references = DetailsOf(args->buffer).references;
  if (references.empty()) {
    return absl::InvalidArgumentError(
        "PJRT_Buffer_DecreaseExternalReferenceCount without a PJRT_Buffer_IncreaseExternalReferenceCount");
  }
  references.pop_back();
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_OpaqueDeviceMemoryDataPointer, device_memory_ptr) {
  BERING_REQUIRE(args->buffer);
  ABSL_RETURN_IF_ERROR(CheckAlive(args->buffer));
  ABSL_ASSIGN_OR_RETURN(auto reference, args->buffer->buffer->AcquireExternalReference());
  args->device_memory_ptr = reference->OpaqueDeviceMemoryDataPointer();
  return absl::OkStatus();
}

}  // namespace bering
