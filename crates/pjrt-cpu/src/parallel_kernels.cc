#include "parallel_kernels.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "aot_loader.h"
#include "shares.h"
#define EIGEN_USE_THREADS
#include "unsupported/Eigen/CXX11/Tensor"
#include "xla/backends/cpu/runtime/buffer_allocations.h"
#include "xla/backends/cpu/runtime/call_thunk.h"
#include "xla/backends/cpu/runtime/conditional_thunk.h"
#include "xla/backends/cpu/runtime/function_library.h"
#include "xla/backends/cpu/runtime/kernel_thunk.h"
#include "xla/backends/cpu/runtime/thunk_executor.h"
#include "xla/backends/cpu/runtime/while_thunk.h"
#include "xla/pjrt/cpu/cpu_client.h"
#include "xla/service/cpu/cpu_executable.h"
#include "xla/service/cpu/executable.pb.h"

namespace bering {
namespace {

using xla::cpu::KernelThunkBase;
using xla::cpu::Thunk;

// A library knows kernels by a number for their type that XLA's own code counts: asked for in ours, it would be another one.
class KernelResolver : public xla::cpu::FunctionLibrary {
 public:
  static absl::StatusOr<XLA_CPU_Kernel*> Resolve(xla::cpu::FunctionLibrary& library, absl::string_view name) {
    static const TypeId type = [] {
      xla::cpu::SymbolProto kernel;
      kernel.set_function_type_id(xla::cpu::SymbolProto::KERNEL);
      const auto symbols = xla::cpu::GetCompiledSymbolsFromProto({kernel});
      return symbols.ok() ? symbols->front().type_id : kUnknownTypeId;
    }();
    absl::StatusOr<void*> (FunctionLibrary::*resolve)(TypeId, absl::string_view) = &KernelResolver::ResolveFunction;
    ABSL_ASSIGN_OR_RETURN(void* function, (library.*resolve)(type, name));
    return reinterpret_cast<XLA_CPU_Kernel*>(function);
  }
};

// How long a kernel takes one thread. XLA divides by an estimate, which for many a kernel says much more than the time it takes
// to hand a part to another thread. So the first few runs of what is not large are timed; the shortest counts, which had the
// fewest page faults.
class KernelDuration {
 public:
  explicit KernelDuration(int64_t bytes) : timed_(bytes < kLargeBytes ? 0 : kTimed) {}

  // How many threads are worth having, 1 while nothing is known. Parts are handed over one after the other, so that `n` threads
  // take `duration / n + n * kHandOver`, which is least at this root.
  int64_t Threads(int64_t available) const {
    if (timed_.load(std::memory_order_acquire) < kTimed) return 1;
    const double duration = static_cast<double>(shortest_.load(std::memory_order_relaxed));
    return static_cast<int64_t>(std::clamp(std::sqrt(duration / kHandOver), 1.0, static_cast<double>(available)));
  }

  class Timer {
   public:
    explicit Timer(KernelDuration& duration)
        : duration_(duration.timed_.load(std::memory_order_relaxed) < kTimed ? &duration : nullptr) {
      if (duration_ != nullptr) begin_ = std::chrono::steady_clock::now();
    }
    ~Timer() {
      if (duration_ != nullptr) duration_->Add((std::chrono::steady_clock::now() - begin_).count());
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    KernelDuration* duration_;
    std::chrono::steady_clock::time_point begin_;
  };

 private:
  static constexpr int kTimed = 4;
  static constexpr int64_t kLargeBytes = 1 << 20;
  // In nanoseconds.
  static constexpr double kHandOver = 1'500;
  // One such run leaves no doubt.
  static constexpr int64_t kLong = 100'000;

  void Add(int64_t nanoseconds) {
    int64_t shortest = shortest_.load(std::memory_order_relaxed);
    while (nanoseconds < shortest && !shortest_.compare_exchange_weak(shortest, nanoseconds)) {
    }
    timed_.fetch_add(nanoseconds > kLong ? kTimed : 1, std::memory_order_release);
  }

  std::atomic<int> timed_;
  std::atomic<int64_t> shortest_{std::numeric_limits<int64_t>::max()};
};

class ParallelKernel final : public KernelThunkBase {
 public:
  explicit ParallelKernel(std::unique_ptr<KernelThunkBase> kernel)
      : KernelThunkBase(kernel->kind(), kernel->info()), kernel_(std::move(kernel)), duration_(Bytes(*kernel_)) {}

  BufferUses buffer_uses() const final { return kernel_->buffer_uses(); }
  absl::string_view kernel_name() const final { return kernel_->kernel_name(); }
  const xla::NumWorkGroups& num_workgroups() const final { return kernel_->num_workgroups(); }
  const std::optional<uint64_t>& min_alignment() const final { return kernel_->min_alignment(); }
  absl::Span<const xla::ShapedSlice> arguments_buffers() const final { return kernel_->arguments_buffers(); }
  absl::Span<const xla::ShapedSlice> results_buffers() const final { return kernel_->results_buffers(); }
  const absl::flat_hash_set<int64_t>& invariant_arguments() const final { return kernel_->invariant_arguments(); }

  tsl::AsyncValueRef<ExecuteEvent> Execute(const ExecuteParams& params) final {
    if (params.intra_op_threadpool == nullptr) return kernel_->Execute(params);
    ABSL_ASSIGN_OR_RETURN(XLA_CPU_Kernel * kernel, Function(*params.function_library));
    absl::InlinedVector<XLA_CPU_KernelArg, 8> arguments;
    for (absl::Span<const xla::ShapedSlice> buffers : {arguments_buffers(), results_buffers()}) {
      for (const xla::ShapedSlice& buffer : buffers) {
        ABSL_ASSIGN_OR_RETURN(auto address, params.buffer_allocations->GetDeviceAddress(buffer.slice));
        arguments.push_back({address.opaque(), address.size()});
      }
    }
    const xla::NumWorkGroups& groups = num_workgroups();
    const XLA_CPU_NumWorkGroups counts = {groups.x, groups.y, groups.z};
    std::atomic<bool> failed{false};
    const auto run = [&](int64_t index) {
      const auto part = static_cast<uint64_t>(index);
      const XLA_CPU_WorkGroupId id = {part % groups.x, part / groups.x % groups.y, part / (groups.x * groups.y)};
      const XLA_CPU_KernelCallFrame frame = {&counts, &id, arguments.size(), arguments.data()};
      if ((*kernel)(&frame) != nullptr) failed.store(true, std::memory_order_relaxed);
    };
    const auto count = static_cast<int64_t>(groups.x * groups.y * groups.z);
    Eigen::ThreadPoolInterface* pool = params.intra_op_threadpool->getPool();
    // Those that run other parts of the program are busy, and waiting for one of them would take longer than the kernel.
    const int64_t busy = params.session.num_workers() - (pool->CurrentThreadId() == -1 ? 0 : 1);
    const int64_t threads = duration_.Threads(std::max<int64_t>(pool->NumThreads() - busy, 1));
    if (threads == 1) {
      const KernelDuration::Timer timer(duration_);
      for (int64_t index = 0; index < count; ++index) run(index);
    } else {
      RunShares([pool](std::function<void()> work) { pool->Schedule(std::move(work)); }, threads, count, run);
    }
    if (failed.load(std::memory_order_relaxed)) return absl::InternalError("a kernel failed");
    return OkExecuteEvent();
  }

 private:
  static int64_t Bytes(const KernelThunkBase& kernel) {
    int64_t bytes = 0;
    for (absl::Span<const xla::ShapedSlice> buffers : {kernel.arguments_buffers(), kernel.results_buffers()}) {
      for (const xla::ShapedSlice& buffer : buffers) bytes += buffer.slice.size();
    }
    return bytes;
  }

  absl::StatusOr<XLA_CPU_Kernel*> Function(xla::cpu::FunctionLibrary& library) {
    XLA_CPU_Kernel* function = function_.load(std::memory_order_acquire);
    if (function == nullptr) {
      ABSL_ASSIGN_OR_RETURN(function, KernelResolver::Resolve(library, kernel_name()));
      function_.store(function, std::memory_order_release);
    }
    return function;
  }

  std::unique_ptr<KernelThunkBase> kernel_;
  std::atomic<XLA_CPU_Kernel*> function_{nullptr};
  KernelDuration duration_;
};

void KeepInThread(const xla::cpu::ThunkExecutor& executor);

void KeepInThread(std::unique_ptr<Thunk>& thunk) {
  switch (thunk->kind()) {
    case Thunk::Kind::kKernel: {
      auto* kernel = static_cast<KernelThunkBase*>(thunk.get());
      const xla::NumWorkGroups& groups = kernel->num_workgroups();
      if (groups.x * groups.y * groups.z == 1) return;
      thunk.release();
      thunk = std::make_unique<ParallelKernel>(std::unique_ptr<KernelThunkBase>(kernel));
      return;
    }
    case Thunk::Kind::kWhile: {
      const auto& loop = static_cast<const xla::cpu::WhileThunk&>(*thunk);
      KeepInThread(loop.cond_executor());
      return KeepInThread(loop.body_executor());
    }
    case Thunk::Kind::kConditional:
      for (const auto& branch : static_cast<const xla::cpu::ConditionalThunk&>(*thunk).branch_executors()) {
        KeepInThread(branch);
      }
      return;
    case Thunk::Kind::kCall:
      return KeepInThread(static_cast<const xla::cpu::CallThunk&>(*thunk).called_executor());
    default:
      return;
  }
}

// An executor knows its thunks by their places and what they read and write, which stay the same.
void KeepInThread(const xla::cpu::ThunkExecutor& executor) {
  for (auto& thunk : const_cast<xla::cpu::ThunkSequence&>(executor.thunk_sequence())) KeepInThread(thunk);
}

}  // namespace

void KeepKernelsInThread(xla::PjRtExecutable& executable) {
  auto* cpu = dynamic_cast<xla::PjRtCpuExecutable*>(&executable);
  if (cpu == nullptr) return;
  auto* compiled = static_cast<xla::cpu::CpuExecutable*>(cpu->cpu_executable().get());
  if (compiled->has_thunks()) KeepInThread(compiled->thunks());
}

}  // namespace bering
