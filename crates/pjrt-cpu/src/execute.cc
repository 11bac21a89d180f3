// Running executables.
//
// One device is the common case and the hot one: it goes through `ExecuteSharded` or `ExecutePortable`, without
// lists of lists. XLA trusts its arguments, so they are checked here first.

#include <vector>

#include "buffer.h"
#include "entry.h"
#include "event.h"
#include "execute_context.h"
#include "executable.h"
#include "intra_op_pool.h"

namespace bering {
namespace {

using Arguments = absl::InlinedVector<xla::PjRtBuffer*, 16>;

absl::Status ArgumentMismatch(size_t index, const xla::Shape& expected, const xla::Shape& actual) {
  return absl::InvalidArgumentError(absl::StrCat("argument ", index, " is ", actual.ToString(/*print_layout=*/true),
                                                 ", the executable takes ",
                                                 expected.ToString(/*print_layout=*/true)));
}

// Whether a buffer of shape `actual` holds what a parameter of shape `expected` reads.
bool Fits(const xla::Shape& expected, const xla::Shape& actual) {
  if (!expected.IsArray() || !actual.IsArray()) return expected.IsToken() == actual.IsToken();
  if (expected.element_type() != actual.element_type()) return false;
  if (expected.dimensions() != actual.dimensions()) return false;
  if (expected.dimensions().size() < 2 || !expected.has_layout() || !actual.has_layout()) return true;
  if (expected.layout().minor_to_major() == actual.layout().minor_to_major()) return true;
  // Orders that differ only in where dimensions of size 1 stand are the same.
  return xla::LayoutUtil::LayoutsInShapesEqual(
      expected, actual,
      xla::Layout::Equal().MinorToMajorOnly().IgnoreTiles().IgnoreElementSize().IgnoreMemorySpace()) ||
         xla::ShapeUtil::ReshapeIsBitcast(expected, actual, /*ignore_element_type=*/true);
}

absl::Status CollectArguments(const PJRT_LoadedExecutable* executable, PJRT_Buffer* const* list, size_t num_args,
                              Arguments& arguments) {
  if (num_args != executable->parameters.size()) {
    return absl::InvalidArgumentError(absl::StrCat("executed with ", num_args, " arguments, the executable takes ",
                                                   executable->parameters.size()));
  }
  if (num_args != 0) BERING_REQUIRE(list);
  arguments.reserve(num_args);
  for (size_t i = 0; i < num_args; ++i) {
    if (list[i] == nullptr) return absl::InvalidArgumentError(absl::StrCat("argument ", i, " is null"));
    xla::PjRtBuffer* buffer = list[i]->buffer.get();
    if (list[i]->client != executable->client) {
      return absl::InvalidArgumentError(absl::StrCat("argument ", i, " belongs to another client"));
    }
    if (ABSL_PREDICT_FALSE(!Fits(executable->parameters[i], buffer->on_device_shape()))) {
      return ArgumentMismatch(i, executable->parameters[i], buffer->on_device_shape());
    }
    if (ABSL_PREDICT_FALSE(buffer->IsDeleted())) {
      return absl::InvalidArgumentError(
          absl::StrCat("argument ", i, " (", Describe(buffer->on_device_shape()), ") was deleted or donated"));
    }
    arguments.push_back(buffer);
  }
  return absl::OkStatus();
}

// For executions without a context of their own: a custom call that asks for user data would make XLA follow a null
// pointer.
const xla::ExecuteContext* EmptyContext() {
  static const auto* const context = new xla::CpuExecuteContext;
  return context;
}

absl::Status FillOptions(const PJRT_ExecuteOptions* options, size_t num_args, xla::ExecuteOptions& out) {
  out.context = EmptyContext();
  if (options == nullptr) return absl::OkStatus();
  using Options = PJRT_ExecuteOptions;
  if (!BERING_HAS_FIELD(Options, options, num_recv_ops)) {
    return absl::InvalidArgumentError("`args->options` is smaller than a PJRT_ExecuteOptions");
  }
  if (options->num_send_ops != 0 || options->num_recv_ops != 0) {
    return absl::UnimplementedError("host send and receive callbacks are not supported on the CPU");
  }
  if (BERING_HAS_FIELD(Options, options, launch_id)) out.launch_id = options->launch_id;
  if (BERING_HAS_FIELD(Options, options, num_non_donatable_input_indices)) {
    if (options->num_non_donatable_input_indices != 0) BERING_REQUIRE(options->non_donatable_input_indices);
    for (size_t i = 0; i < options->num_non_donatable_input_indices; ++i) {
      const int64_t index = options->non_donatable_input_indices[i];
      if (index < 0 || static_cast<size_t>(index) >= num_args) {
        return absl::InvalidArgumentError(
            absl::StrCat("non-donatable input ", index, " of ", num_args, " arguments"));
      }
      out.non_donatable_input_indices.insert(static_cast<int>(index));
    }
  }
  if (BERING_HAS_FIELD(Options, options, context) && options->context != nullptr) {
    out.context = options->context->context.get();
  }
  if (BERING_HAS_FIELD(Options, options, call_location) && options->call_location != nullptr) {
    out.call_location = options->call_location;
  }
  if (BERING_HAS_FIELD(Options, options, num_hlo_output_callbacks) && options->num_hlo_output_callbacks != 0) {
    return absl::UnimplementedError("HLO output callbacks are not supported on the CPU");
  }
  return absl::OkStatus();
}

void ReturnOutputs(std::vector<std::unique_ptr<xla::PjRtBuffer>> results, PJRT_Client* client, PJRT_Buffer** out) {
  for (size_t i = 0; i < results.size(); ++i) out[i] = NewBuffer(std::move(results[i]), client);
}

absl::Status CheckOnDevice(const Arguments& arguments, const xla::PjRtDevice* device) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i]->device() == device) continue;
    return absl::InvalidArgumentError(absl::StrCat("argument ", i, " is on ", arguments[i]->device()->ToString(),
                                                   ", the execution on ", device->ToString()));
  }
  return absl::OkStatus();
}

absl::Status CheckResultCount(const PJRT_LoadedExecutable* executable, size_t count) {
  if (count == executable->num_outputs) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("the execution gave ", count, " results, expected ", executable->num_outputs));
}

absl::Status ExecuteOnOne(PJRT_LoadedExecutable_Execute_Args* args, PJRT_Device* device) {
  const PJRT_LoadedExecutable* executable = args->executable;
  Arguments arguments;
  ABSL_RETURN_IF_ERROR(CollectArguments(executable, args->num_args == 0 ? nullptr : args->argument_lists[0],
                                        args->num_args, arguments));
  ABSL_RETURN_IF_ERROR(CheckOnDevice(arguments, device->device));
  xla::ExecuteOptions options;
  ABSL_RETURN_IF_ERROR(FillOptions(args->options, args->num_args, options));
  const SingleThreadScope threads(executable->dispatch.single_thread);
  if (executable->dispatch.in_caller) options.execution_mode = xla::ExecuteOptions::ExecutionMode::kSynchronous;
  const bool fill_future = args->device_complete_events != nullptr;
  std::optional<xla::Future<>> future;
  absl::StatusOr<std::vector<std::unique_ptr<xla::PjRtBuffer>>> results =
      executable->portable
          ? executable->executable->ExecutePortable(arguments, device->device, options, future, fill_future)
          : executable->executable->ExecuteSharded(arguments, device->device, options, future, fill_future);
  ABSL_RETURN_IF_ERROR(results.status());
  ABSL_RETURN_IF_ERROR(CheckResultCount(executable, results->size()));
  ReturnOutputs(*std::move(results), executable->client, args->output_lists[0]);
  if (fill_future) {
    args->device_complete_events[0] =
        NewEvent(future.has_value() ? *std::move(future) : xla::Future<>(absl::OkStatus()));
  }
  return absl::OkStatus();
}

absl::Status ExecuteOnAll(PJRT_LoadedExecutable_Execute_Args* args) {
  const PJRT_LoadedExecutable* executable = args->executable;
  std::vector<std::vector<xla::PjRtBuffer*>> arguments;
  for (size_t i = 0; i < args->num_devices; ++i) {
    Arguments list;
    ABSL_RETURN_IF_ERROR(CollectArguments(executable, args->num_args == 0 ? nullptr : args->argument_lists[i],
                                          args->num_args, list));
    ABSL_RETURN_IF_ERROR(CheckOnDevice(list, executable->addressable_devices[i]->device));
    arguments.emplace_back(list.begin(), list.end());
  }
  xla::ExecuteOptions options;
  ABSL_RETURN_IF_ERROR(FillOptions(args->options, args->num_args, options));
  std::optional<std::vector<xla::Future<>>> futures;
  if (args->device_complete_events != nullptr) futures.emplace();
  ABSL_ASSIGN_OR_RETURN(auto results, executable->executable->Execute(arguments, options, futures));
  if (results.size() != args->num_devices) {
    return absl::InternalError(absl::StrCat("results of ", results.size(), " devices, expected ", args->num_devices));
  }
  for (const auto& list : results) ABSL_RETURN_IF_ERROR(CheckResultCount(executable, list.size()));
  for (size_t i = 0; i < results.size(); ++i) {
    ReturnOutputs(std::move(results[i]), executable->client, args->output_lists[i]);
  }
  for (size_t i = 0; futures.has_value() && i < results.size(); ++i) {
    args->device_complete_events[i] = NewEvent(std::move((*futures)[i]));
  }
  return absl::OkStatus();
}

absl::Status CheckOutputLists(const PJRT_LoadedExecutable_Execute_Args* args) {
  if (args->executable->num_outputs == 0) return absl::OkStatus();
  BERING_REQUIRE(args->output_lists);
  for (size_t i = 0; i < args->num_devices; ++i) BERING_REQUIRE(args->output_lists[i]);
  return absl::OkStatus();
}

}  // namespace

BERING_ENTRY(LoadedExecutable_Execute, device_complete_events) {
  BERING_REQUIRE(args->executable);
  const PJRT_LoadedExecutable* executable = args->executable;
  if (executable->executable->IsDeleted()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the executable `", executable->executable->name(), "` was deleted"));
  }
  if (args->num_args != 0) BERING_REQUIRE(args->argument_lists);
  ABSL_RETURN_IF_ERROR(CheckOutputLists(args));
  PJRT_Device* device = BERING_HAS_FIELD(PJRT_LoadedExecutable_Execute_Args, args, execute_device)
                            ? args->execute_device
                            : nullptr;
  if (device != nullptr) {
    if (args->num_devices != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("`execute_device` is one device, `num_devices` is ", args->num_devices));
    }
    if (device->client != executable->client) {
      return absl::InvalidArgumentError("`execute_device` belongs to another client");
    }
    return ExecuteOnOne(args, device);
  }
  if (executable->portable) {
    return absl::InvalidArgumentError("a portable executable needs an `execute_device`");
  }
  if (args->num_devices != executable->addressable_devices.size()) {
    return absl::InvalidArgumentError(absl::StrCat("executed on ", args->num_devices, " devices, compiled for ",
                                                   executable->addressable_devices.size()));
  }
  return args->num_devices == 1 ? ExecuteOnOne(args, executable->addressable_devices.front()) : ExecuteOnAll(args);
}

BERING_ENTRY(ExecuteContext_Create, context) {
  args->context = new PJRT_ExecuteContext{std::make_unique<xla::CpuExecuteContext>()};
  return absl::OkStatus();
}

BERING_ENTRY(ExecuteContext_Destroy, context) {
  delete args->context;
  return absl::OkStatus();
}

}  // namespace bering
