#include "fusion_plans.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "dispatch.h"
#include "intra_op_pool.h"
#include "xla/backends/cpu/runtime/buffer_allocations.h"
#include "xla/backends/cpu/runtime/thunk_proto_serdes.h"
#include "xla/backends/cpu/runtime/thunk_proto_serdes_utils.h"
#include "xla/backends/cpu/runtime/ynnpack/ynn_fusion_thunk.h"
#include "xla/backends/cpu/ynn_emitter.h"
#include "xla/executable_run_options.h"
#include "xla/hlo/ir/hlo_computation.h"
#include "xla/hlo/ir/hlo_instruction.h"
#include "xla/runtime/buffer_use.h"

namespace xla::cpu::internal {

// Of `xla/backends/cpu/runtime/dot_lib.h`, without the definition: compiled here, it would be other code than the libraries run.
template <typename Lhs, typename Rhs, typename Out>
void TypedMatMul(const Eigen::ThreadPoolDevice* device, void* out, void* lhs, void* rhs, int64_t m, int64_t n, int64_t k,
                 bool transpose_lhs, bool transpose_rhs, absl::AnyInvocable<void()> done);

}  // namespace xla::cpu::internal

namespace bering {
namespace {

using xla::cpu::Thunk;
using xla::cpu::YnnFusionThunk;
using Addresses = xla::cpu::BufferAllocations::Buffers;
using Allocation = xla::BufferAllocation;

// An operand or a result of a fusion.
struct FusionBuffer {
  Allocation::Slice slice;
  xla::Shape shape;
};

// XLA plans a fusion when it runs, so those that are small are run once on memory of our own. Larger ones take longer to run
// than to plan.
constexpr size_t kLargestRehearsal = size_t{1} << 20;

constexpr size_t kAlignment = 64;

size_t Aligned(size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

// What such a run reads, all of it zeros, and what it writes. Pages that nothing touches take no memory.
class Stage {
 public:
  Stage() : operands_(Allocate()), results_(Allocate()) {}

  explicit operator bool() const { return operands_ != nullptr && results_ != nullptr; }

  stream_executor::DeviceAddressBase Operand(size_t size) const { return At(operands_, 0, size); }
  stream_executor::DeviceAddressBase Result(size_t offset, size_t size) const { return At(results_, offset, size); }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<char, Free>;

  static Memory Allocate() { return Memory(static_cast<char*>(std::calloc(kLargestRehearsal + kAlignment, 1))); }

  static stream_executor::DeviceAddressBase At(const Memory& memory, size_t offset, size_t size) {
    const auto start = reinterpret_cast<uintptr_t>(memory.get());
    return stream_executor::DeviceAddressBase(memory.get() + (Aligned(start) - start) + offset, size);
  }

  Memory operands_;
  Memory results_;
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
    plan->num_operands_ = operands.size();
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

  tsl::AsyncValueRef<Thunk::ExecuteEvent> Execute(const Thunk::ExecuteParams& params, Addresses addresses) {
    // A plan that is being made is waited for; one that nobody has begun is made now.
    if (!begun_.load(std::memory_order_acquire)) {
      absl::MutexLock lock(mutex_);
      begun_.store(true, std::memory_order_release);
    }
    return Run(params, std::move(addresses));
  }

  // Makes the plan, if no execution was faster.
  void Rehearse(const Stage& stage, Thunk::YnnParams* ynn_params, const Eigen::ThreadPoolDevice& threads) {
    absl::MutexLock lock(mutex_);
    if (begun_.load(std::memory_order_relaxed)) return;
    size_t end = 0;
    Addresses addresses;
    for (size_t i = 0; i < allocations_.size(); ++i) {
      const auto size = static_cast<size_t>(allocations_[i].size());
      addresses.push_back(i < num_operands_ ? stage.Operand(size) : stage.Result(end, size));
      if (i >= num_operands_) end += Aligned(size);
    }
    Thunk::ExecuteParams params;
    params.intra_op_threadpool = &threads;
    params.ynn_params = ynn_params;
    tsl::BlockUntilReady(Run(params, std::move(addresses)));
    begun_.store(true, std::memory_order_release);
  }

  bool ExecuteMayBlock() const { return thunk_->ExecuteMayBlock(); }

  // Whether it is small enough for `Rehearse`.
  bool IsSmall() const {
    size_t size = 0;
    for (const Allocation& allocation : allocations_) size += Aligned(static_cast<size_t>(allocation.size()));
    return size <= kLargestRehearsal;
  }

 private:
  Allocation::Slice Next(const FusionBuffer& buffer) {
    const int64_t size = buffer.slice.size();
    const auto index = static_cast<Allocation::Index>(allocations_.size());
    allocations_.emplace_back(index, size, xla::LogicalBuffer::Color(0));
    return Allocation::Slice(&allocations_.back(), /*offset=*/0, size);
  }

  tsl::AsyncValueRef<Thunk::ExecuteEvent> Run(const Thunk::ExecuteParams& params, Addresses addresses) {
    // The thunk takes the addresses before it returns.
    const xla::cpu::BufferAllocations allocations(std::move(addresses));
    // Not a copy of `params`: one more holder of its session would count as one more worker.
    Thunk::ExecuteParams planned;
    planned.buffer_allocations = &allocations;
    planned.intra_op_threadpool = params.intra_op_threadpool;
    planned.ynn_params = params.ynn_params;
    return thunk_->Execute(planned);
  }

  std::vector<Allocation> allocations_;
  size_t num_operands_ = 0;
  std::unique_ptr<YnnFusionThunk> thunk_;

  // Held while the plan is made ahead of its first execution.
  absl::Mutex mutex_;
  std::atomic<bool> begun_ = false;
};

// The plans of an executable. They are made by tasks that hold on to `Tasks` alone, and the plans' end waits for them:
// what plans are made of belongs to the executable.
class FusionPlans {
 public:
  FusionPlans() : tasks_(std::make_shared<Tasks>()) {}

  ~FusionPlans() {
    absl::MutexLock lock(tasks_->mutex);
    tasks_->waiting.clear();
    tasks_->mutex.Await(absl::Condition(+[](int* running) { return *running == 0; }, &tasks_->running));
  }

  FusionPlan* Add(std::unique_ptr<FusionPlan> plan) { return plans_.emplace_back(std::move(plan)).get(); }

  // Makes the plans, the ones that run first before others, for the threads that the program will have.
  void Rehearse(const Eigen::ThreadPoolDevice& threads, Dispatch dispatch) {
    absl::MutexLock lock(tasks_->mutex);
    for (auto plan = plans_.rbegin(); plan != plans_.rend(); ++plan) {
      if ((*plan)->IsSmall()) tasks_->waiting.push_back(plan->get());
    }
    const int count = std::min<int>(threads.numThreads(), static_cast<int>(tasks_->waiting.size()));
    if (count == 0) return;
    auto* params = MakeYnnParams(threads, dispatch);
    if (!params->ok()) return;
    for (int i = 0; i < count; ++i) {
      threads.getPool()->Schedule([tasks = tasks_, params, &threads, dispatch] {
        const SingleThreadScope scope(dispatch.single_thread);
        tasks->Run(&params->value(), threads);
      });
    }
  }

 private:
  // Never freed: only XLA can, and it does not offer to. It holds little more than a pointer to `threads`.
  static absl::StatusOr<Thunk::YnnParams>* MakeYnnParams(const Eigen::ThreadPoolDevice& threads, Dispatch dispatch) {
    const SingleThreadScope scope(dispatch.single_thread);
    xla::ExecutableRunOptions options;
    options.set_intra_op_thread_pool(&threads);
    return new absl::StatusOr<Thunk::YnnParams>(Thunk::YnnParams::Create(&options));
  }

  struct Tasks {
    void Run(Thunk::YnnParams* ynn_params, const Eigen::ThreadPoolDevice& threads) {
      const Stage stage;
      if (!stage) return;
      while (FusionPlan* plan = Begin()) {
        plan->Rehearse(stage, ynn_params, threads);
        absl::MutexLock lock(mutex);
        --running;
      }
    }

    FusionPlan* Begin() {
      absl::MutexLock lock(mutex);
      if (waiting.empty()) return nullptr;
      FusionPlan* plan = waiting.back();
      waiting.pop_back();
      ++running;
      return plan;
    }

    absl::Mutex mutex;
    std::vector<FusionPlan*> waiting ABSL_GUARDED_BY(mutex);
    int running ABSL_GUARDED_BY(mutex) = 0;
  };

  std::shared_ptr<Tasks> tasks_;
  std::vector<std::unique_ptr<FusionPlan>> plans_;
};

// One operation: its buffers, and the plan that it shares with its equals.
class PlannedFusion final : public Thunk {
 public:
  PlannedFusion(Info info, std::vector<FusionBuffer> operands, std::vector<FusionBuffer> results, FusionPlan* plan,
                std::shared_ptr<FusionPlans> plans)
      : Thunk(Kind::kYnnFusion, std::move(info)),
        operands_(std::move(operands)),
        results_(std::move(results)),
        plan_(plan),
        plans_(std::move(plans)) {}

  BufferUses buffer_uses() const final {
    BufferUses uses;
    for (const FusionBuffer& operand : operands_) uses.push_back(xla::BufferUse::Read(operand.slice, operand.shape));
    for (const FusionBuffer& result : results_) uses.push_back(xla::BufferUse::Write(result.slice, result.shape));
    return uses;
  }

  tsl::AsyncValueRef<ExecuteEvent> Execute(const ExecuteParams& params) final {
    Addresses addresses;
    addresses.reserve(operands_.size() + results_.size());
    for (const auto* buffers : {&operands_, &results_}) {
      for (const FusionBuffer& buffer : *buffers) {
        ABSL_ASSIGN_OR_RETURN(addresses.emplace_back(), params.buffer_allocations->GetDeviceAddress(buffer.slice));
      }
    }
    return plan_->Execute(params, std::move(addresses));
  }

  bool ExecuteMayBlock() const final { return plan_->ExecuteMayBlock(); }

 private:
  std::vector<FusionBuffer> operands_;
  std::vector<FusionBuffer> results_;
  FusionPlan* plan_;
  // Owns `plan_`.
  std::shared_ptr<FusionPlans> plans_;
};

// What a plan depends on. The outline of a program has one fusion for all that compute the same.
struct FusionKey {
  const xla::HloInstruction* fusion;
  bool use_threadpool;
  std::vector<xla::Shape> shapes;

  bool operator==(const FusionKey& other) const {
    return fusion == other.fusion && use_threadpool == other.use_threadpool && shapes == other.shapes;
  }

  template <typename H>
  friend H AbslHashValue(H h, const FusionKey& key) {
    return H::combine(std::move(h), key.fusion, key.use_threadpool);
  }
};

using KnownPlans = absl::flat_hash_map<FusionKey, FusionPlan*>;

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
                                                  const std::vector<Allocation>& allocations, KnownPlans& known,
                                                  const std::shared_ptr<FusionPlans>& plans) {
  const xla::cpu::YnnFusionThunkProto& ynn = proto.ynn_fusion_thunk();
  ABSL_ASSIGN_OR_RETURN(Thunk::Info info, xla::cpu::ThunkInfoFromProto(proto.info()));
  ABSL_ASSIGN_OR_RETURN(auto operands, LoadFusionBuffers(ynn.arguments_shapes(), allocations));
  ABSL_ASSIGN_OR_RETURN(auto results, LoadFusionBuffers(ynn.results_shapes(), allocations));
  FusionKey key{fusion, ynn.options().use_threadpool(), {}};
  for (const auto* buffers : {&operands, &results}) {
    for (const FusionBuffer& buffer : *buffers) key.shapes.push_back(buffer.shape);
  }
  FusionPlan*& plan = known[std::move(key)];
  if (plan == nullptr) {
    YnnFusionThunk::Options options;
    options.use_threadpool = ynn.options().use_threadpool();
    ABSL_ASSIGN_OR_RETURN(auto created, FusionPlan::Create(options, info, fusion, operands, results));
    plan = plans->Add(std::move(created));
  }
  return std::make_unique<PlannedFusion>(std::move(info), std::move(operands), std::move(results), plan, plans);
}

}  // namespace

absl::flat_hash_map<int64_t, const xla::HloInstruction*> FusionsOf(const xla::HloModule& module) {
  absl::flat_hash_map<int64_t, const xla::HloInstruction*> fusions;
  for (const xla::HloComputation* computation : module.computations()) {
    for (const xla::HloInstruction* instruction : computation->instructions()) {
      if (instruction->opcode() == xla::HloOpcode::kFusion) fusions[instruction->unique_id()] = instruction;
    }
  }
  return fusions;
}

absl::StatusOr<xla::cpu::ThunkSequence> LoadThunks(xla::cpu::ThunkSequenceProto* sequence, const xla::HloModule& module,
                                                   const std::vector<Allocation>& allocations,
                                                   const Eigen::ThreadPoolDevice& threads) {
  const auto fusions = FusionsOf(module);
  KnownPlans known;
  auto plans = std::make_shared<FusionPlans>();
  std::vector<std::pair<int, std::unique_ptr<Thunk>>> planned;
  for (int i = 0; i < sequence->thunks_size(); ++i) {
    xla::cpu::ThunkProto* proto = sequence->mutable_thunks(i);
    if (!proto->has_ynn_fusion_thunk()) continue;
    auto fusion = fusions.find(proto->ynn_fusion_thunk().instruction_id());
    if (fusion == fusions.end()) return absl::DataLossError("a fusion of the executable is not in its module");
    ABSL_ASSIGN_OR_RETURN(auto thunk, LoadFusion(*proto, fusion->second, allocations, known, plans));
    planned.emplace_back(i, std::move(thunk));
    // Thunks are known by their places, so a call of nothing keeps this one.
    proto->set_kind(std::string(Thunk::KindToString(Thunk::Kind::kCall)));
    proto->mutable_call_thunk()->mutable_called_sequence();
  }
  xla::cpu::ThunkSequenceSerDesProtobuf serdes(&module, &allocations);
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<xla::cpu::ThunkSequence> thunks, serdes.FromProto(*sequence));
  for (auto& [index, thunk] : planned) thunks->at(index) = std::move(thunk);
  plans->Rehearse(threads, DispatchOf(module));
  return std::move(*thunks);
}

void MakeProductKernels(const xla::cpu::ThunkSequenceProto& sequence, const Eigen::ThreadPoolDevice& threads) {
  bool has_products = false;
  xla::cpu::ForEachThunkProto(sequence, [&](const xla::cpu::ThunkProto& proto) { has_products |= proto.has_dot_thunk(); });
  static std::atomic<bool> made = false;
  if (!has_products || made.exchange(true)) return;
  threads.enqueueNoNotification([] {
    constexpr int kSize = 16;
    alignas(64) static float lhs[kSize * kSize], rhs[kSize * kSize], out[kSize * kSize];
    xla::cpu::internal::TypedMatMul<float, float, float>(/*device=*/nullptr, out, lhs, rhs, kSize, kSize, kSize,
                                                         /*transpose_lhs=*/false, /*transpose_rhs=*/false,
                                                         /*done=*/[] {});
  });
}

}  // namespace bering
