// Executables bound to the devices of a client.

#include "dispatch.h"
#include "entry.h"
#include "executable.h"
#include "outline.h"
#include "xla/hlo/ir/hlo_computation.h"
#include "xla/hlo/ir/hlo_instruction.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/hlo/ir/hlo_opcode.h"

struct PJRT_DeviceAssignmentSerialized {
  std::string bytes;
};

namespace bering {
namespace {

// One shape an argument of the C API: a single tuple parameter counts as its elements.
std::vector<xla::Shape> ParametersOf(const xla::HloModule& module) {
  std::vector<xla::Shape> parameters;
  const xla::ComputationLayout& layout = module.entry_computation_layout();
  for (int i = 0; i < layout.parameter_count(); ++i) parameters.push_back(layout.parameter_shape(i));
  if (parameters.size() == 1 && parameters.front().IsTuple()) {
    const xla::Shape tuple = parameters.front();
    parameters.assign(tuple.tuple_shapes().begin(), tuple.tuple_shapes().end());
  }
  return parameters;
}

// Programs that wait for data that nobody can send: the C API has no infeed, and callbacks are refused.
absl::Status CheckRunnable(const xla::HloModule& module) {
  for (const xla::HloComputation* computation : module.computations()) {
    for (const xla::HloInstruction* instruction : computation->instructions()) {
      switch (instruction->opcode()) {
        case xla::HloOpcode::kInfeed:
        case xla::HloOpcode::kOutfeed:
        case xla::HloOpcode::kSend:
        case xla::HloOpcode::kRecv:
          return absl::UnimplementedError(absl::StrCat("the operation `", xla::HloOpcodeString(instruction->opcode()),
                                                       "` would wait for ever on this plugin"));
        default:
          break;
      }
    }
  }
  return absl::OkStatus();
}

size_t CountOutputs(const xla::HloModule& module) {
  const xla::Shape& result = module.entry_computation_layout().result_shape();
  return result.IsTuple() ? result.tuple_shapes().size() : 1;
}

}  // namespace

absl::StatusOr<PJRT_LoadedExecutable*> NewLoadedExecutable(
    std::unique_ptr<xla::PjRtLoadedExecutable> executable, PJRT_Client* client) {
  ABSL_ASSIGN_OR_RETURN(auto modules, executable->GetHloModules());
  if (modules.size() != 1) {
    return absl::UnimplementedError(absl::StrCat("an executable of ", modules.size(), " programs"));
  }
  ABSL_RETURN_IF_ERROR(CheckRunnable(*modules.front()));
  auto loaded = std::make_unique<PJRT_LoadedExecutable>();
  loaded->client = client;
  loaded->parameters = ParametersOf(*modules.front());
  loaded->num_outputs = CountOutputs(*modules.front());
  loaded->dispatch = DispatchOf(*modules.front());
  for (xla::PjRtDevice* device : executable->addressable_devices()) {
    ABSL_ASSIGN_OR_RETURN(PJRT_Device * c_device, FindDevice(client, device));
    loaded->addressable_devices.push_back(c_device);
  }
  for (const auto& id : executable->addressable_device_logical_ids()) {
    loaded->logical_ids.push_back({id.replica, id.partition});
  }
  // XLA gives a portable executable no devices of its own.
  loaded->portable = loaded->addressable_devices.empty();
  loaded->executable = std::move(executable);
  return loaded.release();
}

BERING_ENTRY(LoadedExecutable_Destroy, executable) {
  delete args->executable;
  return absl::OkStatus();
}

BERING_ENTRY(LoadedExecutable_GetExecutable, executable) {
  BERING_REQUIRE(args->loaded_executable);
  auto executable = std::make_unique<PJRT_Executable>();
  executable->loaded = args->loaded_executable->executable;
  executable->executable = std::shared_ptr<xla::PjRtExecutable>(executable->loaded,
                                                                executable->loaded->GetExecutable());
  if (executable->executable == nullptr) return absl::InternalError("the loaded executable has no executable");
  executable->outlined = args->loaded_executable->outlined;
  args->executable = executable.release();
  return absl::OkStatus();
}

BERING_ENTRY(LoadedExecutable_AddressableDevices, num_addressable_devices) {
  BERING_REQUIRE(args->executable);
  args->addressable_devices = args->executable->addressable_devices.data();
  args->num_addressable_devices = args->executable->addressable_devices.size();
  return absl::OkStatus();
}

BERING_ENTRY(LoadedExecutable_AddressableDeviceLogicalIds, num_addressable_device_logical_ids) {
  BERING_REQUIRE(args->executable);
  args->addressable_device_logical_ids = args->executable->logical_ids.data();
  args->num_addressable_device_logical_ids = args->executable->logical_ids.size();
  return absl::OkStatus();
}

BERING_ENTRY(LoadedExecutable_GetDeviceAssignment, serialized_device_assignment_deleter) {
  BERING_REQUIRE(args->executable);
  xla::DeviceAssignmentProto proto;
  // A portable executable has no assignment: it is the empty proto.
  if (!args->executable->portable) args->executable->executable->device_assignment().Serialize(&proto);
  auto* serialized = new PJRT_DeviceAssignmentSerialized{proto.SerializeAsString()};
  args->serialized_bytes = serialized->bytes.data();
  args->serialized_bytes_size = serialized->bytes.size();
  args->serialized_device_assignment = serialized;
  args->serialized_device_assignment_deleter = [](PJRT_DeviceAssignmentSerialized* backing) { delete backing; };
  return absl::OkStatus();
}

BERING_ENTRY(LoadedExecutable_Delete, executable) {
  BERING_REQUIRE(args->executable);
  args->executable->executable->Delete();
  return absl::OkStatus();
}

BERING_ENTRY(LoadedExecutable_IsDeleted, is_deleted) {
  BERING_REQUIRE(args->executable);
  args->is_deleted = args->executable->executable->IsDeleted();
  return absl::OkStatus();
}

BERING_ENTRY(LoadedExecutable_Fingerprint, executable_fingerprint_size) {
  BERING_REQUIRE(args->executable);
  absl::MutexLock lock(args->executable->mutex);
  auto& fingerprint = args->executable->fingerprint;
  if (!fingerprint.has_value()) {
    ABSL_ASSIGN_OR_RETURN(fingerprint, FingerprintOf(*args->executable->executable->GetExecutable()));
  }
  args->executable_fingerprint = fingerprint->data();
  args->executable_fingerprint_size = fingerprint->size();
  return absl::OkStatus();
}

}  // namespace bering
