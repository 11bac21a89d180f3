#include "transfer_manager.h"

#include <vector>

#include "buffer.h"
#include "client.h"
#include "entry.h"
#include "event.h"
#include "shapes.h"

// XLA aborts if a buffer is taken or completed twice, so both are tracked here.
struct PJRT_AsyncHostToDeviceTransferManager {
  struct Slot {
    xla::Shape shape;
    bool retrieved = false;
    bool finished = false;
  };

  std::unique_ptr<xla::PjRtClient::AsyncHostToDeviceTransferManager> manager;
  PJRT_Client* client;
  absl::Mutex mutex;
  std::vector<Slot> slots;
};

namespace bering {
namespace {

using Slot = PJRT_AsyncHostToDeviceTransferManager::Slot;

absl::StatusOr<Slot*> SlotOf(PJRT_AsyncHostToDeviceTransferManager* manager, int index) {
  if (index < 0 || static_cast<size_t>(index) >= manager->slots.size()) {
    return absl::InvalidArgumentError(absl::StrCat("buffer ", index, " of ", manager->slots.size(), " buffers"));
  }
  return &manager->slots[index];
}

absl::StatusOr<Slot*> OpenSlot(PJRT_AsyncHostToDeviceTransferManager* manager, int index) {
  ABSL_ASSIGN_OR_RETURN(Slot * slot, SlotOf(manager, index));
  if (slot->finished) {
    return absl::FailedPreconditionError(absl::StrCat("buffer ", index, " is complete already"));
  }
  return slot;
}

}  // namespace

BERING_ENTRY(Client_CreateBuffersForAsyncHostToDevice, transfer_manager) {
  BERING_REQUIRE(args->client);
  if (args->num_shape_specs != 0) BERING_REQUIRE(args->shape_specs);
  ABSL_ASSIGN_OR_RETURN(xla::PjRtMemorySpace * memory, ResolveMemory(args->client, nullptr, args->memory));
  if (args->device_layouts != nullptr && args->num_device_layouts != args->num_shape_specs) {
    return absl::InvalidArgumentError(
        absl::StrCat(args->num_device_layouts, " layouts for ", args->num_shape_specs, " buffers"));
  }
  auto wrapper = std::make_unique<PJRT_AsyncHostToDeviceTransferManager>();
  wrapper->client = args->client;
  std::vector<xla::PjRtClient::ShapeSpec> specs;
  std::vector<std::optional<xla::Layout>> layouts;
  for (size_t i = 0; i < args->num_shape_specs; ++i) {
    const PJRT_ShapeSpec& spec = args->shape_specs[i];
    ABSL_ASSIGN_OR_RETURN(xla::Shape shape, ToShape(spec.element_type, spec.dims, spec.num_dims));
    if (!shape.IsArray()) return absl::InvalidArgumentError("only arrays can be transferred");
    const PJRT_Buffer_MemoryLayout* layout = args->device_layouts == nullptr ? nullptr : args->device_layouts[i];
    ABSL_ASSIGN_OR_RETURN(std::optional<xla::Layout> xla_layout, ToOptionalLayout(layout, shape));
    specs.push_back({shape.element_type(), {shape.dimensions().begin(), shape.dimensions().end()}});
    layouts.push_back(std::move(xla_layout));
    wrapper->slots.push_back({std::move(shape)});
  }
  std::optional<absl::Span<const std::optional<xla::Layout>>> layout_span;
  if (args->device_layouts != nullptr) layout_span.emplace(layouts);
  ABSL_ASSIGN_OR_RETURN(wrapper->manager,
                        args->client->client->CreateBuffersForAsyncHostToDevice(specs, layout_span, memory));
  args->transfer_manager = wrapper.release();
  return absl::OkStatus();
}

BERING_ENTRY(AsyncHostToDeviceTransferManager_Destroy, transfer_manager) {
  if (args->transfer_manager == nullptr) return absl::OkStatus();
  // Whoever holds a buffer that will never be filled gets an error instead of waiting for ever.
  for (size_t i = 0; i < args->transfer_manager->slots.size(); ++i) {
    Slot& slot = args->transfer_manager->slots[i];
    if (slot.finished) continue;
    args->transfer_manager->manager->SetBufferError(
        static_cast<int>(i), absl::CancelledError("the transfer manager was destroyed before the buffer was filled"));
  }
  delete args->transfer_manager;
  return absl::OkStatus();
}

BERING_ENTRY(AsyncHostToDeviceTransferManager_TransferData, done_with_h2d_transfer) {
  BERING_REQUIRE(args->transfer_manager);
  absl::MutexLock lock(args->transfer_manager->mutex);
  ABSL_ASSIGN_OR_RETURN(Slot * slot, OpenSlot(args->transfer_manager, args->buffer_index));
  const int64_t size = static_cast<int64_t>(args->transfer_manager->manager->buffer_size(args->buffer_index));
  if (args->offset < 0 || args->transfer_size < 0 || args->offset > size ||
      args->transfer_size > size - args->offset) {
    return absl::InvalidArgumentError(absl::StrCat("bytes [", args->offset, ", ", args->offset, " + ",
                                                   args->transfer_size, ") of a buffer of ", size, " bytes"));
  }
  if (args->transfer_size != 0) BERING_REQUIRE(args->data);
  auto [promise, future] = xla::MakePromise<>();
  slot->finished = args->is_last_transfer;
  ABSL_RETURN_IF_ERROR(args->transfer_manager->manager->TransferRawDataToSubBuffer(
      args->buffer_index, args->data, args->offset, args->transfer_size, args->is_last_transfer,
      [promise = std::move(promise)]() mutable { promise.Set(absl::OkStatus()); }));
  args->done_with_h2d_transfer = NewEvent(std::move(future));
  return absl::OkStatus();
}

BERING_ENTRY(AsyncHostToDeviceTransferManager_TransferLiteral, done_with_h2d_transfer) {
  BERING_REQUIRE(args->transfer_manager);
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape,
                        ToShape(args->shape_element_type, args->shape_dims, args->shape_num_dims));
  if (!shape.IsArray()) return absl::InvalidArgumentError("only arrays can be transferred");
  if (args->shape_layout != nullptr) {
    ABSL_ASSIGN_OR_RETURN(*shape.mutable_layout(), ToLayout(*args->shape_layout, shape));
  }
  absl::MutexLock lock(args->transfer_manager->mutex);
  ABSL_ASSIGN_OR_RETURN(Slot * slot, OpenSlot(args->transfer_manager, args->buffer_index));
  if (slot->shape.element_type() != shape.element_type() || slot->shape.dimensions() != shape.dimensions()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a literal ", Describe(shape), " for a buffer ", Describe(slot->shape)));
  }
  if (!xla::ShapeUtil::IsZeroElementArray(shape)) BERING_REQUIRE(args->data);
  auto literal = std::make_shared<xla::BorrowingLiteral>(static_cast<const char*>(args->data), shape);
  auto [promise, future] = xla::MakePromise<>();
  slot->finished = true;
  ABSL_RETURN_IF_ERROR(args->transfer_manager->manager->TransferLiteralToBuffer(
      args->buffer_index, *literal,
      [literal, promise = std::move(promise)]() mutable { promise.Set(absl::OkStatus()); }));
  args->done_with_h2d_transfer = NewEvent(std::move(future));
  return absl::OkStatus();
}

BERING_ENTRY(AsyncHostToDeviceTransferManager_RetrieveBuffer, buffer_out) {
  BERING_REQUIRE(args->transfer_manager);
  absl::MutexLock lock(args->transfer_manager->mutex);
  ABSL_ASSIGN_OR_RETURN(Slot * slot, SlotOf(args->transfer_manager, args->buffer_index));
  if (slot->retrieved) {
    return absl::FailedPreconditionError(absl::StrCat("buffer ", args->buffer_index, " was retrieved already"));
  }
  slot->retrieved = true;
  args->buffer_out = NewBuffer(args->transfer_manager->manager->RetrieveBuffer(args->buffer_index),
                               args->transfer_manager->client);
  return absl::OkStatus();
}

BERING_ENTRY(AsyncHostToDeviceTransferManager_Device, device_out) {
  BERING_REQUIRE(args->transfer_manager);
  ABSL_ASSIGN_OR_RETURN(args->device_out,
                        FindDevice(args->transfer_manager->client, args->transfer_manager->manager->device()));
  return absl::OkStatus();
}

BERING_ENTRY(AsyncHostToDeviceTransferManager_BufferCount, buffer_count) {
  BERING_REQUIRE(args->transfer_manager);
  args->buffer_count = args->transfer_manager->slots.size();
  return absl::OkStatus();
}

BERING_ENTRY(AsyncHostToDeviceTransferManager_BufferSize, buffer_size) {
  BERING_REQUIRE(args->transfer_manager);
  ABSL_RETURN_IF_ERROR(SlotOf(args->transfer_manager, args->buffer_index).status());
  args->buffer_size = args->transfer_manager->manager->buffer_size(args->buffer_index);
  return absl::OkStatus();
}

BERING_ENTRY(AsyncHostToDeviceTransferManager_SetBufferError, error_message_size) {
  BERING_REQUIRE(args->transfer_manager);
  absl::Status error = MakeStatus(args->error_code, args->error_message, args->error_message_size);
  if (error.ok()) return absl::InvalidArgumentError("a buffer error needs an error");
  absl::MutexLock lock(args->transfer_manager->mutex);
  ABSL_ASSIGN_OR_RETURN(Slot * slot, OpenSlot(args->transfer_manager, args->buffer_index));
  slot->finished = true;
  args->transfer_manager->manager->SetBufferError(args->buffer_index, std::move(error));
  return absl::OkStatus();
}

BERING_ENTRY(AsyncHostToDeviceTransferManager_AddMetadata, num_metadata) {
  BERING_REQUIRE(args->transfer_manager);
  if (args->num_metadata != 0) BERING_REQUIRE(args->transfer_metadata);
  xla::PjRtClient::AsyncHostToDeviceTransferManager::TransferMetadata metadata;
  for (size_t i = 0; i < args->num_metadata; ++i) {
    const PJRT_NamedValue& value = args->transfer_metadata[i];
    if (value.name == nullptr || value.type != PJRT_NamedValue_kString || value.string_value == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("transfer metadata ", i, " is not a named string"));
    }
    metadata[std::string(value.name, value.name_size)] = std::string(value.string_value, value.value_size);
  }
  args->transfer_manager->manager->AddTransferMetadata(metadata);
  return absl::OkStatus();
}

}  // namespace bering
