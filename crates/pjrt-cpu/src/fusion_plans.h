// One plan of YNNPACK for all operations that compute the same.
//
// XLA plans each of YNNPACK's fusions when it first runs, about 0.3 ms a piece, and keeps the plan for that operation
// alone. The layers of a network are the same operations on other buffers, so most of these plans are copies. Here equal
// fusions share one thunk of XLA's, which sees the buffers of whoever runs it.

#ifndef BERING_PJRT_CPU_FUSION_PLANS_H_
#define BERING_PJRT_CPU_FUSION_PLANS_H_

#include <memory>
#include <vector>

#include "xla.h"
#include "xla/backends/cpu/runtime/thunk.h"
#include "xla/backends/cpu/runtime/thunk.pb.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/service/buffer_assignment.h"

namespace bering {

// The thunks that `sequence` describes; fusions of YNNPACK in it, not those in loops and branches, share their plans.
// Such a sequence cannot be serialized by XLA. `module` and `allocations` must outlive it; `sequence` is consumed.
absl::StatusOr<xla::cpu::ThunkSequence> LoadThunks(xla::cpu::ThunkSequenceProto* sequence, const xla::HloModule& module,
                                                   const std::vector<xla::BufferAllocation>& allocations);

}  // namespace bering

#endif  // BERING_PJRT_CPU_FUSION_PLANS_H_
