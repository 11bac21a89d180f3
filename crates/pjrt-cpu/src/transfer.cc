// Making buffers, and moving their bytes between the host and devices.

#include <atomic>

#include "buffer.h"
#include "entry.h"
#include "event.h"

struct PJRT_FulfillAliasBufferCallback {
  xla::PjRtFulfillAliasBufferCallback fulfill;
};

namespace bering {
namespace {

using Semantics = xla::PjRtClient::HostBufferSemantics;

absl::StatusOr<Semantics> ToSemantics(PJRT_HostBufferSemantics semantics) {
  switch (semantics) {
    case PJRT_HostBufferSemantics_kImmutableOnlyDuringCall:
      return Semantics::kImmutableOnlyDuringCall;
    case PJRT_HostBufferSemantics_kImmutableUntilTransferCompletes:
      return Semantics::kImmutableUntilTransferCompletes;
    case PJRT_HostBufferSemantics_kImmutableZeroCopy:
      return Semantics::kImmutableZeroCopy;
    case PJRT_HostBufferSemantics_kMutableZeroCopy:
      return Semantics::kMutableZeroCopy;
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown host buffer semantics ", static_cast<int>(semantics)));
}

absl::Status CheckArray(const xla::Shape& shape) {
  if (shape.IsArray()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a ", Describe(shape), " has no bytes to transfer"));
}

// A shape with the layout that a caller gave for it, if any.
absl::StatusOr<xla::Shape> ShapeWithLayout(PJRT_Buffer_Type type, const int64_t* dims, size_t num_dims,
                                           const PJRT_Buffer_MemoryLayout* layout) {
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape, ToShape(type, dims, num_dims));
  ABSL_ASSIGN_OR_RETURN(std::optional<xla::Layout> xla_layout, ToOptionalLayout(layout, shape));
  if (xla_layout.has_value()) *shape.mutable_layout() = *std::move(xla_layout);
  return shape;
}

// A shape as devices store it: sub-byte types are packed there.
absl::StatusOr<xla::Shape> DeviceShape(const xla::Shape& shape) {
  if (!shape.IsArray()) return shape;
  return xla::MakeDefaultCpuBufferShape(shape, &shape.layout());
}

absl::Status CheckStrides(const PJRT_Client_BufferFromHostBuffer_Args* args, const xla::Shape& shape) {
  if (args->num_byte_strides == 0) return absl::OkStatus();
  BERING_REQUIRE(args->byte_strides);
  if (args->num_byte_strides != args->num_dims) {
    return absl::InvalidArgumentError(
        absl::StrCat(args->num_byte_strides, " byte strides for ", args->num_dims, " dimensions"));
  }
  const int64_t width = xla::primitive_util::ByteWidth(shape.element_type());
  for (size_t i = 0; i < args->num_byte_strides; ++i) {
    if (args->byte_strides[i] % width != 0) {
      return absl::InvalidArgumentError(absl::StrCat("byte stride ", args->byte_strides[i],
                                                     " is not a multiple of the element size ", width));
    }
  }
  return absl::OkStatus();
}

}  // namespace

BERING_ENTRY(Client_BufferFromHostBuffer, buffer) {
  BERING_REQUIRE(args->client);
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape, ToShape(args->type, args->dims, args->num_dims));
  ABSL_RETURN_IF_ERROR(CheckArray(shape));
  ABSL_RETURN_IF_ERROR(CheckStrides(args, shape));
  ABSL_ASSIGN_OR_RETURN(std::optional<xla::Layout> layout, ToOptionalLayout(args->device_layout, shape));
  ABSL_ASSIGN_OR_RETURN(xla::PjRtMemorySpace * memory,
                        ResolveMemory(args->client, args->device, args->memory));
  ABSL_ASSIGN_OR_RETURN(Semantics semantics, ToSemantics(args->host_buffer_semantics));
  // An array without elements has no address worth mentioning, and XLA wants one.
  static const char kNothing[64] = {};
  const void* data = args->data;
  if (data == nullptr) {
    if (!xla::ShapeUtil::IsZeroElementArray(shape)) return NullArgument("args->data");
    data = kNothing;
    semantics = Semantics::kImmutableOnlyDuringCall;
  }
  std::optional<absl::Span<const int64_t>> strides;
  if (args->num_byte_strides != 0) strides.emplace(args->byte_strides, args->num_byte_strides);

  xla::Future<> done(absl::OkStatus());
  absl::AnyInvocable<void() &&> on_done;
  if (semantics != Semantics::kImmutableOnlyDuringCall) {
    auto [promise, future] = xla::MakePromise<>();
    done = std::move(future);
    on_done = [promise = std::move(promise)]() mutable { promise.Set(absl::OkStatus()); };
  }
  ABSL_ASSIGN_OR_RETURN(
      std::unique_ptr<xla::PjRtBuffer> buffer,
      args->client->client->BufferFromHostBuffer(data, shape.element_type(), shape.dimensions(), strides, semantics,
                                                 std::move(on_done), memory,
                                                 layout.has_value() ? &*layout : nullptr));
  args->done_with_host_buffer = NewEvent(std::move(done));
  args->buffer = NewBuffer(std::move(buffer), args->client);
  return absl::OkStatus();
}

BERING_ENTRY(Client_CreateViewOfDeviceBuffer, buffer) {
  BERING_REQUIRE(args->client);
  BERING_REQUIRE(args->device_buffer_ptr);
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape,
                        ShapeWithLayout(args->element_type, args->dims, args->num_dims, args->layout));
  ABSL_RETURN_IF_ERROR(CheckArray(shape));
  PJRT_Memory* c_memory =
      BERING_HAS_FIELD(PJRT_Client_CreateViewOfDeviceBuffer_Args, args, memory) ? args->memory : nullptr;
  ABSL_ASSIGN_OR_RETURN(xla::PjRtMemorySpace * memory, ResolveMemory(args->client, args->device, c_memory));
  ABSL_ASSIGN_OR_RETURN(shape, DeviceShape(shape));
  std::function<void()> on_delete;
  if (args->on_delete_callback != nullptr) {
    on_delete = [callback = args->on_delete_callback, pointer = args->device_buffer_ptr,
                 user_arg = args->on_delete_callback_arg]() { callback(pointer, user_arg); };
  }
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::PjRtBuffer> buffer,
                        args->client->client->CreateViewOfDeviceBuffer(args->device_buffer_ptr, shape, memory,
                                                                       std::move(on_delete)));
  args->buffer = NewBuffer(std::move(buffer), args->client);
  return absl::OkStatus();
}

BERING_ENTRY(Client_CreateUninitializedBuffer, buffer) {
  BERING_REQUIRE(args->client);
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape, ShapeWithLayout(args->shape_element_type, args->shape_dims,
                                                          args->shape_num_dims, args->shape_layout));
  ABSL_RETURN_IF_ERROR(CheckArray(shape));
  ABSL_ASSIGN_OR_RETURN(xla::PjRtMemorySpace * memory,
                        ResolveMemory(args->client, args->device, args->memory));
  ABSL_ASSIGN_OR_RETURN(shape, DeviceShape(shape));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::PjRtBuffer> buffer,
                        args->client->client->CreateUninitializedBuffer(shape, memory));
  args->buffer = NewBuffer(std::move(buffer), args->client);
  return absl::OkStatus();
}

BERING_ENTRY(Client_CreateErrorBuffer, buffer) {
  BERING_REQUIRE(args->client);
  absl::Status error = MakeStatus(args->error_code, args->error_message, args->error_message_size);
  if (error.ok()) return absl::InvalidArgumentError("an error buffer needs an error");
  if (BERING_HAS_FIELD(PJRT_Client_CreateErrorBuffer_Args, args, num_payload)) {
    error = AddPayload(std::move(error), args->payload, args->num_payload);
  }
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape, ShapeWithLayout(args->shape_element_type, args->shape_dims,
                                                          args->shape_num_dims, args->shape_layout));
  ABSL_ASSIGN_OR_RETURN(xla::PjRtMemorySpace * memory, ResolveMemory(args->client, nullptr, args->memory));
  ABSL_ASSIGN_OR_RETURN(shape, DeviceShape(shape));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::PjRtBuffer> buffer,
                        args->client->client->CreateErrorBuffer(std::move(error), shape, memory));
  args->buffer = NewBuffer(std::move(buffer), args->client);
  return absl::OkStatus();
}

BERING_ENTRY(Client_CreateAliasBuffer, fulfill_alias_buffer_cb) {
  BERING_REQUIRE(args->client);
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape, ShapeWithLayout(args->shape_element_type, args->shape_dims,
                                                          args->shape_num_dims, args->shape_layout));
  ABSL_RETURN_IF_ERROR(CheckArray(shape));
  ABSL_ASSIGN_OR_RETURN(xla::PjRtMemorySpace * memory, ResolveMemory(args->client, nullptr, args->memory));
  ABSL_ASSIGN_OR_RETURN(shape, DeviceShape(shape));
  ABSL_ASSIGN_OR_RETURN(auto alias, args->client->client->CreateAliasBuffer(shape, memory));
  args->alias_buffer = NewBuffer(std::move(alias.first), args->client);
  args->fulfill_alias_buffer_cb = new PJRT_FulfillAliasBufferCallback{std::move(alias.second)};
  return absl::OkStatus();
}

BERING_ENTRY(Client_FulfillAliasBuffer, fulfill_alias_buffer_cb) {
  BERING_REQUIRE(args->client);
  BERING_REQUIRE(args->fulfill_alias_buffer_cb);
  // The callback may be used once, and is gone after this call whatever its outcome.
  std::unique_ptr<PJRT_FulfillAliasBufferCallback> callback(args->fulfill_alias_buffer_cb);
  absl::Status error = MakeStatus(args->status_code, args->error_message, args->error_message_size);
  if (!error.ok()) return callback->fulfill(std::move(error));
  BERING_REQUIRE(args->buffer);
  if (absl::Status alive = CheckAlive(args->buffer); !alive.ok()) {
    callback->fulfill(alive).IgnoreError();
    return alive;
  }
  return callback->fulfill(args->buffer->buffer.get());
}

BERING_ENTRY(Buffer_ToHostBuffer, event) {
  BERING_REQUIRE(args->src);
  xla::PjRtBuffer* buffer = args->src->buffer.get();
  ABSL_RETURN_IF_ERROR(CheckArray(buffer->on_device_shape()));
  // Without an explicit layout the host gets the order of dimensions that the device has, elements unpacked.
  xla::Shape shape;
  if (buffer->has_dynamic_dimensions()) {
    ABSL_RETURN_IF_ERROR(CheckAlive(args->src));
    ABSL_ASSIGN_OR_RETURN(xla::Shape logical, buffer->logical_on_device_shape());
    shape = xla::ShapeUtil::MakeShapeWithDenseLayout(
        logical.element_type(), logical.dimensions(), buffer->on_device_shape().layout().minor_to_major());
  } else {
    shape = xla::ShapeUtil::MakeShapeWithDenseLayout(buffer->element_type(), buffer->dimensions(),
                                                     buffer->on_device_shape().layout().minor_to_major());
  }
  if (args->host_layout != nullptr) {
    ABSL_ASSIGN_OR_RETURN(*shape.mutable_layout(), ToLayout(*args->host_layout, shape));
  }
  const size_t needed = static_cast<size_t>(xla::ShapeUtil::ByteSizeOf(shape));
  if (args->dst == nullptr) {
    args->dst_size = needed;
    args->event = nullptr;
    return absl::OkStatus();
  }
  if (args->dst_size < needed) {
    return absl::InvalidArgumentError(
        absl::StrCat(Describe(shape), " needs ", needed, " bytes, `dst_size` is ", args->dst_size));
  }
  ABSL_RETURN_IF_ERROR(CheckAlive(args->src));
  auto literal = std::make_unique<xla::MutableBorrowingLiteral>(static_cast<const char*>(args->dst), shape);
  xla::Future<> future = buffer->ToLiteral(literal.get());
  // The literal describes `dst` to the copy and has to stay until it is over.
  if (!future.IsReady()) future.OnReady([literal = std::move(literal)](const absl::Status&) {});
  args->event = NewEvent(std::move(future));
  return absl::OkStatus();
}

namespace {

absl::Status CheckRawRange(const PJRT_Buffer* buffer, int64_t offset, int64_t size) {
  ABSL_RETURN_IF_ERROR(CheckAlive(buffer));
  ABSL_ASSIGN_OR_RETURN(size_t available, buffer->buffer->GetOnDeviceSizeInBytes());
  const int64_t limit = static_cast<int64_t>(available);
  if (offset < 0 || size < 0 || offset > limit || size > limit - offset) {
    return absl::InvalidArgumentError(
        absl::StrCat("bytes [", offset, ", ", offset, " + ", size, ") of a buffer of ", available, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace

BERING_ENTRY(Buffer_CopyRawToHost, event) {
  BERING_REQUIRE(args->buffer);
  ABSL_RETURN_IF_ERROR(CheckRawRange(args->buffer, args->offset, args->transfer_size));
  if (args->transfer_size != 0) BERING_REQUIRE(args->dst);
  args->event = NewEvent(args->buffer->buffer->CopyRawToHost(args->dst, args->offset, args->transfer_size));
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_CopyRawToHostFuture, future_ready_callback) {
  BERING_REQUIRE(args->buffer);
  ABSL_RETURN_IF_ERROR(CheckRawRange(args->buffer, args->offset, args->transfer_size));
  auto [promise, future] = xla::MakePromise<void*>();
  args->event = NewEvent(
      args->buffer->buffer->CopyRawToHostFuture(std::move(future), args->offset, args->transfer_size));
  args->callback_data = new xla::Promise<void*>(std::move(promise));
  args->future_ready_callback = [](PJRT_Buffer_CopyRawToHostFuture_Callback_Args* callback) {
    std::unique_ptr<xla::Promise<void*>> destination(static_cast<xla::Promise<void*>*>(callback->callback_data));
    absl::Status status =
        MakeStatus(callback->error_code, callback->error_message, callback->error_message_size);
    if (status.ok()) {
      destination->Set(callback->dst);
    } else {
      destination->Set(std::move(status));
    }
  };
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_CopyToDevice, dst_buffer) {
  BERING_REQUIRE(args->buffer);
  BERING_REQUIRE(args->dst_device);
  BERING_REQUIRE(args->dst_device->default_memory);
  ABSL_RETURN_IF_ERROR(CheckAlive(args->buffer));
  ABSL_ASSIGN_OR_RETURN(
      std::unique_ptr<xla::PjRtBuffer> copy,
      args->buffer->buffer->CopyToMemorySpace(FromC(args->dst_device->default_memory)->space));
  args->dst_buffer = NewBuffer(std::move(copy), args->dst_device->client);
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_CopyToMemory, dst_buffer) {
  BERING_REQUIRE(args->buffer);
  BERING_REQUIRE(args->dst_memory);
  ABSL_RETURN_IF_ERROR(CheckAlive(args->buffer));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::PjRtBuffer> copy,
                        args->buffer->buffer->CopyToMemorySpace(FromC(args->dst_memory)->space));
  args->dst_buffer = NewBuffer(std::move(copy), FromC(args->dst_memory)->client);
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_Bitcast, out_buffer) {
  BERING_REQUIRE(args->buffer);
  ABSL_RETURN_IF_ERROR(CheckAlive(args->buffer));
  ABSL_ASSIGN_OR_RETURN(xla::Shape shape, ToShape(args->element_type, args->dims, args->num_dims));
  ABSL_RETURN_IF_ERROR(CheckArray(shape));
  ABSL_RETURN_IF_ERROR(CheckArray(args->buffer->buffer->on_device_shape()));
  ABSL_ASSIGN_OR_RETURN(std::optional<xla::Layout> layout, ToOptionalLayout(args->device_layout, shape));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::PjRtBuffer> buffer,
                        args->buffer->buffer->Bitcast(shape.element_type(), shape.dimensions(),
                                                      layout.has_value() ? &*layout : nullptr));
  args->out_buffer = NewBuffer(std::move(buffer), args->buffer->client);
  return absl::OkStatus();
}

BERING_ENTRY(Buffer_DonateWithControlDependency, out_buffer) {
  BERING_REQUIRE(args->buffer);
  ABSL_RETURN_IF_ERROR(CheckAlive(args->buffer));
  auto [promise, future] = xla::MakePromise<>();
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::PjRtBuffer> buffer,
                        args->buffer->buffer->DonateWithControlDependency(std::move(future)));
  args->callback_data = new xla::Promise<>(std::move(promise));
  args->dependency_ready_callback = [](PJRT_Buffer_DonateWithControlDependency_Callback_Args* callback) {
    std::unique_ptr<xla::Promise<>> dependency(static_cast<xla::Promise<>*>(callback->callback_data));
    dependency->Set(MakeStatus(callback->error_code, callback->error_message, callback->error_message_size));
  };
  args->out_buffer = NewBuffer(std::move(buffer), args->buffer->client);
  return absl::OkStatus();
}

}  // namespace bering
