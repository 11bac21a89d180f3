// The pool as XLA's allocator.

#ifndef BERING_PJRT_CPU_ALLOCATOR_H_
#define BERING_PJRT_CPU_ALLOCATOR_H_

#include <memory>

#include "pool.h"
#include "xla.h"
#include "xla/pjrt/cpu/cpu_device_memory.h"

namespace bering {

class PoolAllocator final : public xla::CpuDeviceMemory::Allocator {
 public:
  explicit PoolAllocator(size_t max_cached_bytes) : pool_(Pool::Create(max_cached_bytes)) {}
  ~PoolAllocator() override { pool_->Close(); }

  absl::StatusOr<std::unique_ptr<xla::CpuDeviceMemory::RawMemory>> Allocate(size_t size_bytes,
                                                                            size_t alignment) const override;

  Pool* pool() const { return pool_; }

 private:
  Pool* const pool_;
};

// Has `malloc` keep what is freed, too, as far as it does so by itself: YNNPACK takes its temporaries from there, megabytes in
// every execution, and as long as a process has freed no larger block they go back to the system each time.
void KeepFreedMemory();

}  // namespace bering

#endif  // BERING_PJRT_CPU_ALLOCATOR_H_
