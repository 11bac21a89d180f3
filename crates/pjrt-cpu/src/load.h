// From serialized bytes to an executable.
//
// What `xla::PjRtCpuExecutable::Deserialize` does, with one copy of the module where that makes and checks three, and
// without what few ask for: it is made on demand.

#ifndef BERING_PJRT_CPU_LOAD_H_
#define BERING_PJRT_CPU_LOAD_H_

#include <memory>
#include <optional>

#include "outline.h"
#include "xla.h"

namespace bering {

struct DeserializedExecutable {
  std::unique_ptr<xla::PjRtExecutable> executable;
  // What it was made from, with the options it was loaded with: XLA cannot serialize an executable that it has loaded.
  std::shared_ptr<const OutlinedExecutable> outlined;
};

// `serialized` is trusted to be what the plugin wrote. `options` replace those it was compiled with. The client must outlive
// the executable.
absl::StatusOr<DeserializedExecutable> DeserializeExecutable(absl::string_view serialized,
                                                             std::optional<xla::CompileOptions> options,
                                                             xla::PjRtClient* client);

// XLA's `GetCompiledMemoryStats`, which needs protos that are not made before somebody asks. `outlined` is what the
// executable was made from, or null if it was compiled.
absl::StatusOr<xla::CompiledMemoryStats> MemoryStatsOf(xla::PjRtExecutable* executable,
                                                       const OutlinedExecutable* outlined);

}  // namespace bering

#endif  // BERING_PJRT_CPU_LOAD_H_
