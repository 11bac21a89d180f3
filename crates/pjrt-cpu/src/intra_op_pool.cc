#include "intra_op_pool.h"

#include <utility>

namespace bering {
namespace {

thread_local bool single_thread = false;

}  // namespace

SingleThreadScope::SingleThreadScope(bool enabled) : previous_(single_thread) {
  single_thread = single_thread || enabled;
}

SingleThreadScope::~SingleThreadScope() { single_thread = previous_; }

void IntraOpPool::Schedule(std::function<void()> work) {
  if (single_thread) return work();
  pool_->Schedule(std::move(work));
}

void IntraOpPool::ScheduleWithHint(std::function<void()> work, int start, int limit) {
  if (single_thread) return work();
  pool_->ScheduleWithHint(std::move(work), start, limit);
}

int IntraOpPool::NumThreads() const { return single_thread ? 1 : pool_->NumThreads(); }

}  // namespace bering
