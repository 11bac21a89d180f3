// `PJRT_Executable` and `PJRT_LoadedExecutable`.

#ifndef BERING_PJRT_CPU_EXECUTABLE_H_
#define BERING_PJRT_CPU_EXECUTABLE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client.h"
#include "dispatch.h"
#include "named_values.h"
#include "shapes.h"
#include "xla.h"

namespace bering {
struct OutlinedExecutable;
}  // namespace bering

struct PJRT_Layouts_MemoryLayout {
  std::shared_ptr<const xla::PjRtLayout> layout;
};

struct PJRT_Executable {
  // `executable` may alias `loaded`, which then keeps it alive.
  std::shared_ptr<xla::PjRtLoadedExecutable> loaded;
  std::shared_ptr<xla::PjRtExecutable> executable;
  // What it was deserialized from, if it was.
  std::shared_ptr<const bering::OutlinedExecutable> outlined;

  // Answers that the C API wants to be owned by the executable; each is computed once, under `mutex`.
  struct StringList {
    std::vector<std::string> strings;
    std::vector<const char*> pointers;
    std::vector<size_t> sizes;
  };
  struct OutputDimensions {
    std::vector<int64_t> dims;
    std::vector<size_t> ranks;
  };
  struct LayoutList {
    std::vector<PJRT_Layouts_MemoryLayout> layouts;
    std::vector<PJRT_Layouts_MemoryLayout*> pointers;
  };
  absl::Mutex mutex;
  std::optional<std::string> fingerprint;
  std::unique_ptr<bering::NamedValues> costs;
  std::optional<std::vector<PJRT_Buffer_Type>> output_types;
  std::optional<OutputDimensions> output_dimensions;
  std::unique_ptr<StringList> output_memory_kinds;
  std::unique_ptr<StringList> parameter_memory_kinds;
  std::unique_ptr<StringList> output_shardings;
  std::unique_ptr<StringList> parameter_shardings;
  std::unique_ptr<LayoutList> output_layouts;
  std::unique_ptr<LayoutList> parameter_layouts;
  std::optional<std::string> optimized_program;
};

struct PJRT_LoadedExecutable {
  std::shared_ptr<xla::PjRtLoadedExecutable> executable;
  // What it was deserialized from, if it was.
  std::shared_ptr<const bering::OutlinedExecutable> outlined;
  PJRT_Client* client;
  std::vector<PJRT_Device*> addressable_devices;
  std::vector<PJRT_LogicalDeviceIds> logical_ids;
  // What an execution must be given, one a parameter: XLA does not check this itself.
  std::vector<xla::Shape> parameters;
  size_t num_outputs = 0;
  // One replica, one partition and no device assignment: runs wherever it is asked to.
  bool portable = false;
  bering::Dispatch dispatch;

  absl::Mutex mutex;
  std::optional<std::string> fingerprint;
};

namespace bering {

// Owned by the caller of the C API. Fails if the executable cannot say what its parameters and results are.
absl::StatusOr<PJRT_LoadedExecutable*> NewLoadedExecutable(
    std::unique_ptr<xla::PjRtLoadedExecutable> executable, PJRT_Client* client);

PJRT_Executable_Destroy Executable_Destroy;
PJRT_Executable_Name Executable_Name;
PJRT_Executable_NumReplicas Executable_NumReplicas;
PJRT_Executable_NumPartitions Executable_NumPartitions;
PJRT_Executable_NumOutputs Executable_NumOutputs;
PJRT_Executable_SizeOfGeneratedCodeInBytes Executable_SizeOfGeneratedCodeInBytes;
PJRT_Executable_GetCostAnalysis Executable_GetCostAnalysis;
PJRT_Executable_GetCompiledMemoryStats Executable_GetCompiledMemoryStats;
PJRT_Executable_OutputElementTypes Executable_OutputElementTypes;
PJRT_Executable_OutputDimensions Executable_OutputDimensions;
PJRT_Executable_OutputMemoryKinds Executable_OutputMemoryKinds;
PJRT_Executable_ParameterMemoryKinds Executable_ParameterMemoryKinds;
PJRT_Executable_OptimizedProgram Executable_OptimizedProgram;
PJRT_Executable_Serialize Executable_Serialize;
PJRT_Executable_Fingerprint Executable_Fingerprint;
PJRT_Executable_GetCompileOptions Executable_GetCompileOptions;

// In loaded_executable.cc.
PJRT_LoadedExecutable_Destroy LoadedExecutable_Destroy;
PJRT_LoadedExecutable_GetExecutable LoadedExecutable_GetExecutable;
PJRT_LoadedExecutable_AddressableDevices LoadedExecutable_AddressableDevices;
PJRT_LoadedExecutable_AddressableDeviceLogicalIds LoadedExecutable_AddressableDeviceLogicalIds;
PJRT_LoadedExecutable_GetDeviceAssignment LoadedExecutable_GetDeviceAssignment;
PJRT_LoadedExecutable_Delete LoadedExecutable_Delete;
PJRT_LoadedExecutable_IsDeleted LoadedExecutable_IsDeleted;
PJRT_LoadedExecutable_Fingerprint LoadedExecutable_Fingerprint;

// In execute.cc.
PJRT_ExecuteContext_Create ExecuteContext_Create;
PJRT_ExecuteContext_Destroy ExecuteContext_Destroy;
PJRT_LoadedExecutable_Execute LoadedExecutable_Execute;

// In compile.cc.
PJRT_Client_Compile Client_Compile;
PJRT_Compile Compile;
PJRT_Client_Load Client_Load;
PJRT_Executable_DeserializeAndLoad Executable_DeserializeAndLoad;

}  // namespace bering

#endif  // BERING_PJRT_CPU_EXECUTABLE_H_
