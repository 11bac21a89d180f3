// One plan of YNNPACK for all operations that compute the same.
//
// XLA plans each of YNNPACK's fusions when it first runs, about 0.3 ms a piece, and keeps the plan for that operation
// alone. The layers of a network are the same operations on other buffers, so most of these plans are copies. Here equal
// fusions share one thunk of XLA's, which sees the buffers of whoever runs it. The plans are made by the client's threads
// while the rest of the executable loads and its arguments arrive.

#ifndef BERING_PJRT_CPU_FUSION_PLANS_H_
#define BERING_PJRT_CPU_FUSION_PLANS_H_

#include <memory>
#include <vector>

#include "xla.h"
#define EIGEN_USE_THREADS
#include "unsupported/Eigen/CXX11/Tensor"
#include "xla/backends/cpu/runtime/thunk.h"
#include "xla/backends/cpu/runtime/thunk.pb.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/service/buffer_assignment.h"

namespace bering {

// By the numbers that thunks know them by.
absl::flat_hash_map<int64_t, const xla::HloInstruction*> FusionsOf(const xla::HloModule& module);

// The thunks that `sequence` describes; fusions of YNNPACK in it, not those in loops and branches, share their plans.
// Such a sequence cannot be serialized by XLA. `module` and `allocations` must outlive it, and so must `threads`, which make
// the plans; `sequence` is consumed.
absl::StatusOr<xla::cpu::ThunkSequence> LoadThunks(xla::cpu::ThunkSequenceProto* sequence, const xla::HloModule& module,
                                                   const std::vector<xla::BufferAllocation>& allocations,
                                                   const Eigen::ThreadPoolDevice& threads);

// Has one of `threads` make the kernels that the products of matrices outside of fusions use, if `sequence` has such: the
// first one in a process makes them all, which takes 20 ms.
void MakeProductKernels(const xla::cpu::ThunkSequenceProto& sequence, const Eigen::ThreadPoolDevice& threads);

}  // namespace bering

#endif  // BERING_PJRT_CPU_FUSION_PLANS_H_
