#include "intra_op_pool.h"

#include <algorithm>
#include <atomic>
#include <typeinfo>
#include <utility>

#include "absl/strings/match.h"

namespace bering {
namespace {

thread_local bool single_thread = false;

// Whether `work` is YNNPACK's, which finishes without it. There is nothing but its type to tell it from other work.
bool IsHelp(const std::function<void()>& work) {
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

void IntraOpPool::Schedule(std::function<void()> work) {
  if (single_thread) return work();
  if (CurrentThreadId() == -1 && IsHelp(work)) return ScheduleHelp(std::move(work));
  pool_->Schedule(std::move(work));
}

void IntraOpPool::ScheduleWithHint(std::function<void()> work, int start, int limit) {
  if (single_thread) return work();
  pool_->ScheduleWithHint(std::move(work), start, limit);
}

int IntraOpPool::NumThreads() const { return single_thread ? 1 : pool_->NumThreads(); }

void IntraOpPool::ScheduleHelp(std::function<void()> work) {
  {
    absl::MutexLock lock(mutex_);
    asked_.push_back(std::move(work));
    if (helpers_ >= std::max(pool_->NumThreads() - 1, 1)) return;
    ++helpers_;
  }
  pool_->Schedule([this] { Help(); });
}

void IntraOpPool::Help() {
  for (;;) {
    std::function<void()> work;
    {
      absl::MutexLock lock(mutex_);
      if (asked_.empty()) {
        --helpers_;
        return;
      }
      work = std::move(asked_.front());
      asked_.pop_front();
    }
    work();
  }
}

}  // namespace bering
