#include "shares.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "intra_op_pool.h"

namespace bering {
namespace {

// Outlives the call: a thread may come when all is done.
struct Shares {
  Shares(int64_t count, std::function<void(int64_t)> share) : share(std::move(share)), count(count), left(count) {}

  void Work() {
    for (int64_t index; (index = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
      share(index);
      left.fetch_sub(1, std::memory_order_release);
    }
  }

  // The others have at most a share to finish, which takes less than falling asleep and being woken.
  void WaitForOthers() {
    for (int spins = 0; left.load(std::memory_order_acquire) != 0; ++spins) {
      if (spins > 1000) std::this_thread::yield();
    }
  }

  const std::function<void(int64_t)> share;
  const int64_t count;
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> left;
};

}  // namespace

int64_t ThreadsFor(const xla::ffi::ThreadPool& pool, int64_t work, int64_t per_thread) {
  return std::clamp<int64_t>(work / per_thread, 1, std::max<int64_t>(pool.num_threads(), 1));
}

void RunShares(absl::FunctionRef<void(std::function<void()>)> schedule, int64_t threads, int64_t count,
               std::function<void(int64_t)> share) {
  if (threads == 1) {
    for (int64_t index = 0; index < count; ++index) share(index);
    return;
  }
  auto shares = std::make_shared<Shares>(count, std::move(share));
  {
    const HelpScope scope;
    for (int64_t thread = 1; thread < std::min(threads, count); ++thread) schedule([shares] { shares->Work(); });
  }
  shares->Work();
  shares->WaitForOthers();
}

void RunShares(xla::ffi::ThreadPool& pool, int64_t threads, int64_t count, std::function<void(int64_t)> share) {
  RunShares([&pool](std::function<void()> work) { pool.Schedule(std::move(work)); }, threads, count, std::move(share));
}

}  // namespace bering
