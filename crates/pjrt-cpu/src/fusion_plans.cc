#include "fusion_plans.h"

#include <utility>

#include "xla/backends/cpu/runtime/buffer_allocations.h"
#include "xla/backends/cpu/runtime/thunk_proto_serdes.h"
#include "xla/backends/cpu/runtime/thunk_proto_serdes_utils.h"
#include "xla/backends/cpu/runtime/ynnpack/ynn_fusion_thunk.h"
#include "xla/backends/cpu/ynn_emitter.h"
#include "xla/hlo/ir/hlo_computation.h"
#include "xla/hlo/ir/hlo_instruction.h"
#include "xla/runtime/buffer_use.h"

namespace bering {
namespace {

using xla::cpu::Thunk;
using xla::cpu::YnnFusionThunk;
using Allocation = xla::BufferAllocation;

// An operand or a result of a fusion.
struct FusionBuffer {
  Allocation::Slice slice;
  xla::Shape shape;
};

// A fusion on buffers of its own numbering: operand and result `i` is the whole of allocation `i`.
class FusionPlan {
 public:
  static absl::StatusOr<std::unique_ptr<FusionPlan>> Create(const YnnFusionThunk::Options& options, Thunk::Info info,
                                                            const xla::HloInstruction* fusion,
                                                            const std::vector<FusionBuffer>& operands,
                                                            const std::vector<FusionBuffer>& results) {
    auto plan = std::make_unique<FusionPlan>();
    // Slices point at their allocations.
    plan->allocations_.reserve(operands.size() + results.size());
    std::vector<YnnFusionThunk::Argument> plan_operands;
    for (const FusionBuffer& operand : operands) plan_operands.push_back({plan->Next(operand), operand.shape});
    std::vector<YnnFusionThunk::Result> plan_results;
    for (const FusionBuffer& result : results) plan_results.push_back({plan->Next(result), result.shape});
    ABSL_ASSIGN_OR_RETURN(auto builder, xla::cpu::EmitYnnFusionBuilder(fusion->fused_instructions_computation(), {}));
    ABSL_ASSIGN_OR_RETURN(
        plan->thunk_,
        YnnFusionThunk::Create(
            options, std::move(info), fusion, std::move(plan_operands), std::move(plan_results),
            [builder = std::move(builder)](auto, auto, auto buffers) mutable { return builder(buffers); },
            /*captured_arguments_ids=*/{}));
    return plan;
  }

  YnnFusionThunk& thunk() { return *thunk_; }

 private:
  Allocation::Slice Next(const FusionBuffer& buffer) {
    const int64_t size = buffer.slice.size();
    const auto index = static_cast<Allocation::Index>(allocations_.size());
    allocations_.emplace_back(index, size, xla::LogicalBuffer::Color(0));
    return Allocation::Slice(&allocations_.back(), /*offset=*/0, size);
  }

  std::vector<Allocation> allocations_;
  std::unique_ptr<YnnFusionThunk> thunk_;
};

// One operation: its buffers, and the plan that it shares with its equals.
class PlannedFusion final : public Thunk {
 public:
  PlannedFusion(Info info, std::vector<FusionBuffer> operands, std::vector<FusionBuffer> results,
                std::shared_ptr<FusionPlan> plan)
      : Thunk(Kind::kYnnFusion, std::move(info)),
        operands_(std::move(operands)),
        results_(std::move(results)),
        plan_(std::move(plan)) {}

  BufferUses buffer_uses() const final {
    BufferUses uses;
    for (const FusionBuffer& operand : operands_) uses.push_back(xla::BufferUse::Read(operand.slice, operand.shape));
    for (const FusionBuffer& result : results_) uses.push_back(xla::BufferUse::Write(result.slice, result.shape));
    return uses;
  }

  tsl::AsyncValueRef<ExecuteEvent> Execute(const ExecuteParams& params) final {
    xla::cpu::BufferAllocations::Buffers addresses;
    addresses.reserve(operands_.size() + results_.size());
    for (const auto* buffers : {&operands_, &results_}) {
      for (const FusionBuffer& buffer : *buffers) {
        ABSL_ASSIGN_OR_RETURN(addresses.emplace_back(), params.buffer_allocations->GetDeviceAddress(buffer.slice));
      }
    }
    // The fusion's thunk takes the addresses before it returns.
    const xla::cpu::BufferAllocations allocations(std::move(addresses));
    // Not a copy of `params`: one more holder of its session would count as one more worker.
    ExecuteParams planned;
    planned.buffer_allocations = &allocations;
    planned.intra_op_threadpool = params.intra_op_threadpool;
    planned.ynn_params = params.ynn_params;
    return plan_->thunk().Execute(planned);
  }

  bool ExecuteMayBlock() const final { return plan_->thunk().ExecuteMayBlock(); }

 private:
  std::vector<FusionBuffer> operands_;
  std::vector<FusionBuffer> results_;
  std::shared_ptr<FusionPlan> plan_;
};

// What a plan depends on.
struct FusionKey {
  const xla::HloComputation* computation;
  bool use_threadpool;
  std::vector<xla::Shape> shapes;

  bool operator==(const FusionKey& other) const {
    return use_threadpool == other.use_threadpool && shapes == other.shapes && *computation == *other.computation;
  }

  template <typename H>
  friend H AbslHashValue(H h, const FusionKey& key) {
    return H::combine(std::move(h), *key.computation, key.use_threadpool);
  }
};

using FusionPlans = absl::flat_hash_map<FusionKey, std::shared_ptr<FusionPlan>>;

template <typename Protos>
absl::StatusOr<std::vector<FusionBuffer>> LoadFusionBuffers(const Protos& protos,
                                                            const std::vector<Allocation>& allocations) {
  std::vector<FusionBuffer> buffers;
  for (const auto& proto : protos) {
    ABSL_ASSIGN_OR_RETURN(auto buffer, xla::cpu::DeserializeSliceShapeFromProto(proto, allocations));
    buffers.push_back({buffer.first, std::move(buffer.second)});
  }
  return buffers;
}

absl::StatusOr<std::unique_ptr<Thunk>> LoadFusion(const xla::cpu::ThunkProto& proto, const xla::HloInstruction* fusion,
                                                  const std::vector<Allocation>& allocations, FusionPlans& plans) {
  const xla::cpu::YnnFusionThunkProto& ynn = proto.ynn_fusion_thunk();
  ABSL_ASSIGN_OR_RETURN(Thunk::Info info, xla::cpu::ThunkInfoFromProto(proto.info()));
  ABSL_ASSIGN_OR_RETURN(auto operands, LoadFusionBuffers(ynn.arguments_shapes(), allocations));
  ABSL_ASSIGN_OR_RETURN(auto results, LoadFusionBuffers(ynn.results_shapes(), allocations));
  FusionKey key{fusion->fused_instructions_computation(), ynn.options().use_threadpool(), {}};
  for (const auto* buffers : {&operands, &results}) {
    for (const FusionBuffer& buffer : *buffers) key.shapes.push_back(buffer.shape);
  }
  std::shared_ptr<FusionPlan>& plan = plans[std::move(key)];
  if (plan == nullptr) {
    YnnFusionThunk::Options options;
    options.use_threadpool = ynn.options().use_threadpool();
    ABSL_ASSIGN_OR_RETURN(plan, FusionPlan::Create(options, info, fusion, operands, results));
  }
  return std::make_unique<PlannedFusion>(std::move(info), std::move(operands), std::move(results), plan);
}

absl::flat_hash_map<int64_t, const xla::HloInstruction*> FusionsOf(const xla::HloModule& module) {
  absl::flat_hash_map<int64_t, const xla::HloInstruction*> fusions;
  for (const xla::HloComputation* computation : module.computations()) {
    for (const xla::HloInstruction* instruction : computation->instructions()) {
      if (instruction->opcode() == xla::HloOpcode::kFusion) fusions[instruction->unique_id()] = instruction;
    }
  }
  return fusions;
}

}  // namespace

absl::StatusOr<xla::cpu::ThunkSequence> LoadThunks(xla::cpu::ThunkSequenceProto* sequence, const xla::HloModule& module,
                                                   const std::vector<Allocation>& allocations) {
  const auto fusions = FusionsOf(module);
  FusionPlans plans;
  std::vector<std::pair<int, std::unique_ptr<Thunk>>> planned;
  for (int i = 0; i < sequence->thunks_size(); ++i) {
    xla::cpu::ThunkProto* proto = sequence->mutable_thunks(i);
    if (!proto->has_ynn_fusion_thunk()) continue;
    auto fusion = fusions.find(proto->ynn_fusion_thunk().instruction_id());
    if (fusion == fusions.end()) return absl::DataLossError("a fusion of the executable is not in its module");
    ABSL_ASSIGN_OR_RETURN(auto thunk, LoadFusion(*proto, fusion->second, allocations, plans));
    planned.emplace_back(i, std::move(thunk));
    // Thunks are known by their places, so a call of nothing keeps this one.
    proto->set_kind(std::string(Thunk::KindToString(Thunk::Kind::kCall)));
    proto->mutable_call_thunk()->mutable_called_sequence();
  }
  xla::cpu::ThunkSequenceSerDesProtobuf serdes(&module, &allocations);
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::cpu::ThunkSequence> thunks, serdes.FromProto(*sequence));
  for (auto& [index, thunk] : planned) thunks->at(index) = std::move(thunk);
  return std::move(*thunks);
}

}  // namespace bering
