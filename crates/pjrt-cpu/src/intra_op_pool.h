// The threads that one operation may use, with a way to do without them.

#ifndef BERING_PJRT_CPU_INTRA_OP_POOL_H_
#define BERING_PJRT_CPU_INTRA_OP_POOL_H_

#include <atomic>
#include <deque>
#include <functional>

#include "xla.h"

#define EIGEN_USE_THREADS
#include "Eigen/ThreadPool"
#include "unsupported/Eigen/CXX11/Tensor"

namespace bering {

// While one lives, its thread does by itself what it would hand to an `IntraOpPool`.
class SingleThreadScope {
 public:
  explicit SingleThreadScope(bool enabled);
  ~SingleThreadScope();
  SingleThreadScope(const SingleThreadScope&) = delete;
  SingleThreadScope& operator=(const SingleThreadScope&) = delete;

 private:
  bool previous_;
};

// While one lives, what its thread hands to an `IntraOpPool` is help: the thread takes part in the work itself, and would
// finish it alone.
class HelpScope {
 public:
  HelpScope();
  ~HelpScope();
  HelpScope(const HelpScope&) = delete;
  HelpScope& operator=(const HelpScope&) = delete;
};

// Stands before a pool of XLA's, which must outlive it.
//
// A thread that takes part in the work that it divides, as YNNPACK and our own kernels do, makes one more than there are
// processors to run on if it is not of the pool, and whichever is left without holds up the others with what it has taken.
// So it gets the help of all threads but one. Who has helped stays awake for a moment: waking a thread takes longer than many
// a kernel.
class IntraOpPool final : public Eigen::ThreadPoolInterface {
 public:
  explicit IntraOpPool(Eigen::ThreadPoolInterface* pool) : pool_(pool) {}

  void Schedule(std::function<void()> work) override;
  void ScheduleWithHint(std::function<void()> work, int start, int limit) override;
  int NumThreads() const override;
  int CurrentThreadId() const override { return pool_->CurrentThreadId(); }

 private:
  void ScheduleHelp(std::function<void()> work);
  // Takes other work if a helper waits for more and has none yet: a thread that is awake, where the pool would wake another.
  bool GiveToIdleHelper(std::function<void()>& work);
  bool Take(std::function<void()>& work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Does what help was asked for, and other work, until there has been no more for a while.
  void Help();
  void AwaitMore() const;

  Eigen::ThreadPoolInterface* pool_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> help_ ABSL_GUARDED_BY(mutex_);
  // At most one piece for each idle helper.
  std::deque<std::function<void()>> other_ ABSL_GUARDED_BY(mutex_);
  size_t idle_helpers_ ABSL_GUARDED_BY(mutex_) = 0;
  int helpers_ ABSL_GUARDED_BY(mutex_) = 0;
  // The size of both queues, for those who wait without the mutex.
  std::atomic<size_t> waiting_{0};
};

}  // namespace bering

#endif  // BERING_PJRT_CPU_INTRA_OP_POOL_H_
