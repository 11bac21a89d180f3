#include "intra_op_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <typeinfo>
#include <utility>

#include "absl/strings/match.h"

namespace bering {
namespace {

thread_local bool single_thread = false;
thread_local bool help = false;

// Loops and layers ask for help again in less.
constexpr std::chrono::microseconds kPatience(50);

// Work that all helpers have been too busy for is finished by whoever asked.
constexpr size_t kMaxHelp = 256;

// A hint for the processor that this is a loop that waits.
void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether `work` is YNNPACK's. There is nothing but its type to tell it from other work.
bool IsHelpForYnnpack(const std::function<void()>& work) {
  static std::atomic<const std::type_info*> known{nullptr};
  const std::type_info& type = work.target_type();
  if (&type == known.load(std::memory_order_relaxed)) return true;
  if (!absl::StrContains(type.name(), "SlinkyThreadPool")) return false;
  known.store(&type, std::memory_order_relaxed);
  return true;
}

}  // namespace

SingleThreadScope::SingleThreadScope(bool enabled) : previous_(single_thread) {
  single_thread = single_thread || enabled;
}

SingleThreadScope::~SingleThreadScope() { single_thread = previous_; }

HelpScope::HelpScope() { help = true; }

HelpScope::~HelpScope() { help = false; }

void IntraOpPool::Schedule(std::function<void()> work) {
  if (single_thread) return work();
  if (CurrentThreadId() == -1 && (help || IsHelpForYnnpack(work))) return ScheduleHelp(std::move(work));
  if (!GiveToIdleHelper(work)) pool_->Schedule(std::move(work));
}

void IntraOpPool::ScheduleWithHint(std::function<void()> work, int start, int limit) {
  if (single_thread) return work();
  if (!GiveToIdleHelper(work)) pool_->ScheduleWithHint(std::move(work), start, limit);
}

int IntraOpPool::NumThreads() const { return single_thread ? 1 : pool_->NumThreads(); }

void IntraOpPool::ScheduleHelp(std::function<void()> work) {
  {
    absl::MutexLock lock(mutex_);
    help_.push_back(std::move(work));
    if (help_.size() > kMaxHelp) {
      help_.pop_front();
    } else {
      waiting_.fetch_add(1, std::memory_order_relaxed);
    }
    if (helpers_ >= std::max(pool_->NumThreads() - 1, 1)) return;
    ++helpers_;
  }
  pool_->Schedule([this] { Help(); });
}

bool IntraOpPool::GiveToIdleHelper(std::function<void()>& work) {
  absl::MutexLock lock(mutex_);
  if (idle_helpers_ <= other_.size()) return false;
  other_.push_back(std::move(work));
  waiting_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void IntraOpPool::AwaitMore() const {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int spins = 0; spins < 32; ++spins) {
      if (waiting_.load(std::memory_order_relaxed) != 0) return;
      Pause();
    }
  } while (std::chrono::steady_clock::now() < end);
}

bool IntraOpPool::Take(std::function<void()>& work) {
  std::deque<std::function<void()>>& queue = other_.empty() ? help_ : other_;
  if (queue.empty()) return false;
  work = std::move(queue.front());
  queue.pop_front();
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

void IntraOpPool::Help() {
  for (;;) {
    std::function<void()> work;
    mutex_.lock();
    bool found = Take(work);
    if (!found) {
      ++idle_helpers_;
      mutex_.unlock();
      AwaitMore();
      mutex_.lock();
      --idle_helpers_;
      found = Take(work);
      if (!found) --helpers_;
    }
    mutex_.unlock();
    if (!found) return;
    work();
  }
}

}  // namespace bering
