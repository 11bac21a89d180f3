#include "unsupported.h"

#include "entry.h"

namespace bering {
namespace {

// Streams are only ever handed to receive callbacks, and executions with callbacks are refused.
absl::Status NoStreams() {
  return absl::UnimplementedError("the CPU plugin has no host receive callbacks, hence no CopyToDeviceStream");
}

}  // namespace

BERING_ENTRY(CopyToDeviceStream_Destroy, stream) {
  return args->stream == nullptr ? absl::OkStatus() : NoStreams();
}
BERING_ENTRY(CopyToDeviceStream_AddChunk, transfer_complete) { return NoStreams(); }
BERING_ENTRY(CopyToDeviceStream_TotalBytes, total_bytes) { return NoStreams(); }
BERING_ENTRY(CopyToDeviceStream_GranuleSize, granule_size_in_bytes) { return NoStreams(); }
BERING_ENTRY(CopyToDeviceStream_CurrentBytes, current_bytes) { return NoStreams(); }

}  // namespace bering
