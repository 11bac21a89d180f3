// The threads that one operation may use, with a way to do without them.

#ifndef BERING_PJRT_CPU_INTRA_OP_POOL_H_
#define BERING_PJRT_CPU_INTRA_OP_POOL_H_

#include <functional>

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

// Stands before a pool of XLA's, which must outlive it.
class IntraOpPool final : public Eigen::ThreadPoolInterface {
 public:
  explicit IntraOpPool(Eigen::ThreadPoolInterface* pool) : pool_(pool) {}

  void Schedule(std::function<void()> work) override;
  void ScheduleWithHint(std::function<void()> work, int start, int limit) override;
  int NumThreads() const override;
  int CurrentThreadId() const override { return pool_->CurrentThreadId(); }

 private:
  Eigen::ThreadPoolInterface* pool_;
};

}  // namespace bering

#endif  // BERING_PJRT_CPU_INTRA_OP_POOL_H_
