// From serialized bytes to an executable.
//
// What `xla::PjRtCpuExecutable::Deserialize` does, with one copy of the module where that makes and checks three, and
// without the protos that few ask for: they are made on demand (`EnsureMemoryStats`).

#ifndef BERING_PJRT_CPU_LOAD_H_
#define BERING_PJRT_CPU_LOAD_H_

#include <memory>
#include <optional>
#include <string>

#include "xla.h"

namespace xla {
class ExecutableAndOptionsProto;
}  // namespace xla

namespace bering {

struct DeserializedExecutable {
  std::unique_ptr<xla::PjRtExecutable> executable;
  // What it was made from, with the options it was loaded with: XLA cannot serialize an executable that it has loaded.
  std::shared_ptr<const xla::ExecutableAndOptionsProto> proto;
};

// `serialized` is trusted to be what the plugin wrote. `options` replace those it was compiled with. The client must outlive
// the executable.
absl::StatusOr<DeserializedExecutable> DeserializeExecutable(absl::string_view serialized,
                                                             std::optional<xla::CompileOptions> options,
                                                             xla::PjRtClient* client);

// Lets XLA's `GetCompiledMemoryStats` work on an executable of `DeserializeExecutable`.
void EnsureMemoryStats(xla::PjRtExecutable* executable);

}  // namespace bering

#endif  // BERING_PJRT_CPU_LOAD_H_
