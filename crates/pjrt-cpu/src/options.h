// The named options of `PJRT_Client_Create` and `PJRT_TopologyDescription_Create`.

#ifndef BERING_PJRT_CPU_OPTIONS_H_
#define BERING_PJRT_CPU_OPTIONS_H_

#include <cstdint>
#include <optional>

#include "xla.h"

namespace bering {

struct ClientOptions {
  // `cpu_device_count`: devices to make of the one CPU.
  int64_t device_count = 1;
  // `num_threads`, also spelled `intra_op_parallelism`: size of the compute thread pool. Unset: the CPUs this
  // process may run on.
  std::optional<int64_t> num_threads;
  // `asynchronous`: whether executions may be handed to a thread of the pool. Off: all run in the caller.
  bool asynchronous = true;
  // `max_inflight_computations`: executions that one device may have queued before the caller has to wait.
  int64_t max_inflight_computations = 32;
  // `pool_allocator`: keep freed result memory for the next execution.
  bool pool_allocator = true;
  // `pool_max_cached_bytes`: how much freed memory the pool may keep. Unset: a quarter of the memory there is.
  std::optional<int64_t> pool_max_cached_bytes;
};

// Unknown names, wrong types and values out of range are INVALID_ARGUMENT, and the message lists what is known.
absl::StatusOr<ClientOptions> ParseClientOptions(const PJRT_NamedValue* options, size_t num_options);

}  // namespace bering

#endif  // BERING_PJRT_CPU_OPTIONS_H_
