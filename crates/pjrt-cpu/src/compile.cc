// From a program's bytes to an executable.

#include "compile_options.h"
#include "entry.h"
#include "envelope.h"
#include "executable.h"
#include "isolated.h"
#include "load.h"
#include "parallel_kernels.h"
#include "program.h"
#include "transforms.h"

namespace bering {
namespace {

int64_t DeviceCount(const PJRT_Client* client) { return static_cast<int64_t>(client->devices.size()); }

absl::string_view Bytes(const char* data, size_t size) {
  return data == nullptr ? absl::string_view() : absl::string_view(data, size);
}

}  // namespace

BERING_ENTRY(Client_Compile, executable) {
  BERING_REQUIRE(args->client);
  BERING_REQUIRE(args->program);
  ABSL_ASSIGN_OR_RETURN(
      xla::CompileOptions options,
      ParseCompileOptions(Bytes(args->compile_options, args->compile_options_size), DeviceCount(args->client)));
  xla::PjRtClient* client = args->client->client.get();
  std::unique_ptr<xla::PjRtLoadedExecutable> executable;
  ABSL_RETURN_IF_ERROR(WithProgram(
      *args->program,
      [&](xla::MaybeOwningMlirModule module) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(executable, client->CompileAndLoad(std::move(module), options));
        return absl::OkStatus();
      },
      [&](const xla::XlaComputation& computation) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(executable, client->CompileAndLoad(computation, options));
        return absl::OkStatus();
      }));
  KeepKernelsInThread(*executable->GetExecutable());
  ABSL_ASSIGN_OR_RETURN(args->executable, NewLoadedExecutable(std::move(executable), args->client));
  return absl::OkStatus();
}

BERING_ENTRY(Compile, executable) {
  BERING_REQUIRE(args->topology);
  BERING_REQUIRE(args->program);
  // There may be no client yet.
  ABSL_RETURN_IF_ERROR(RegisterTransforms());
  const xla::PjRtTopologyDescription& topology = *args->topology->topology;
  const int64_t num_devices = static_cast<int64_t>(args->topology->descriptions.size());
  ABSL_ASSIGN_OR_RETURN(
      xla::CompileOptions options,
      ParseCompileOptions(Bytes(args->compile_options, args->compile_options_size), num_devices));
  xla::PjRtClient* client = args->client == nullptr ? nullptr : args->client->client.get();
  std::unique_ptr<xla::PjRtExecutable> executable;
  ABSL_RETURN_IF_ERROR(WithProgram(
      *args->program,
      [&](xla::MaybeOwningMlirModule module) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(executable, xla::PjRtCompile(options, std::move(module), topology, client));
        return absl::OkStatus();
      },
      [&](const xla::XlaComputation& computation) -> absl::Status {
        ABSL_ASSIGN_OR_RETURN(executable, xla::PjRtCompile(options, computation, topology, client));
        return absl::OkStatus();
      }));
  KeepKernelsInThread(*executable);
  auto c_executable = std::make_unique<PJRT_Executable>();
  c_executable->executable = std::move(executable);
  args->executable = c_executable.release();
  return absl::OkStatus();
}

BERING_ENTRY(Client_Load, loaded_executable) {
  BERING_REQUIRE(args->client);
  BERING_REQUIRE(args->executable);
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::PjRtLoadedExecutable> loaded,
                        args->client->client->Load(args->executable->executable, xla::LoadOptions()));
  ABSL_ASSIGN_OR_RETURN(args->loaded_executable, NewLoadedExecutable(std::move(loaded), args->client));
  return absl::OkStatus();
}

BERING_ENTRY(Executable_DeserializeAndLoad, loaded_executable) {
  BERING_REQUIRE(args->client);
  BERING_REQUIRE(args->serialized_executable);
  using Args = PJRT_Executable_DeserializeAndLoad_Args;
  std::optional<xla::CompileOptions> options;
  if (BERING_HAS_FIELD(Args, args, overridden_serialized_compile_options_size) &&
      args->overridden_serialized_compile_options != nullptr) {
    ABSL_ASSIGN_OR_RETURN(options,
                          ParseCompileOptions(Bytes(args->overridden_serialized_compile_options,
                                                    args->overridden_serialized_compile_options_size),
                                              DeviceCount(args->client)));
  }
  ABSL_ASSIGN_OR_RETURN(
      absl::string_view serialized,
      UnwrapExecutable(absl::string_view(args->serialized_executable, args->serialized_executable_size)));
  absl::ReaderMutexLock lock(CompilerMutex());
  ABSL_ASSIGN_OR_RETURN(DeserializedExecutable deserialized,
                        DeserializeExecutable(serialized, std::move(options), args->client->client.get()));
  KeepKernelsInThread(*deserialized.executable);
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::PjRtLoadedExecutable> loaded,
                        args->client->client->Load(std::move(deserialized.executable), xla::LoadOptions()));
  ABSL_ASSIGN_OR_RETURN(args->loaded_executable, NewLoadedExecutable(std::move(loaded), args->client));
  args->loaded_executable->outlined = std::move(deserialized.outlined);
  return absl::OkStatus();
}

}  // namespace bering
