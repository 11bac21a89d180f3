// A pool of host memory for results and temporaries.
//
// Every execution allocates its results afresh, and for large ones the page faults of new memory cost more than the
// computation. Freed blocks are therefore kept in size classes and handed out again; large ones are advised to use huge
// pages. The pool keeps at most `max_cached_bytes`, and gives back to the system what nobody asked for in a while.
//
// Thread-safe. Blocks may outlive the `Close` of their pool.

#ifndef BERING_PJRT_CPU_POOL_H_
#define BERING_PJRT_CPU_POOL_H_

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace bering {

class Pool {
 public:
  // All payloads are aligned to this, as XLA's generated code expects.
  static constexpr size_t kAlignment = 64;

  struct Block {
    void* data;
    size_t class_index;
  };

  struct Stats {
    int64_t bytes_in_use;
    int64_t peak_bytes_in_use;
    int64_t num_allocations;
    int64_t largest_allocation;
    int64_t pool_bytes;  // In use and cached.
    int64_t peak_pool_bytes;
  };

  static Pool* Create(size_t max_cached_bytes) { return new Pool(max_cached_bytes); }

  // Frees what is cached. The pool itself goes with its last block.
  void Close();

  // `data` is null if the system has no memory left.
  Block Allocate(size_t bytes);
  void Free(Block block);

  Stats GetStats() const;
  void ResetPeaks();

  // A default for `max_cached_bytes`: a quarter of the memory that this process may use.
  static size_t DefaultMaxCachedBytes();

  // All the memory this process may use.
  static size_t MemoryLimit();

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

 private:
  // Classes grow by an eighth: a block is at most that much larger than asked for.
  static constexpr size_t kStepsPerDoubling = 8;
  static constexpr size_t kMinBits = 6;
  static constexpr size_t kMaxBits = 47;
  static constexpr size_t kClasses = (kMaxBits - kMinBits + 1) * kStepsPerDoubling;
  // From this size on blocks are mapped, below they come from malloc.
  static constexpr size_t kMappedBytes = size_t{256} << 10;

  struct alignas(64) SizeClass {
    std::mutex mutex;
    std::vector<void*> free;
    // The fewest free blocks since the last trim: so many of them were not needed.
    size_t idle = 0;
  };

  explicit Pool(size_t max_cached_bytes);
  ~Pool();

  static size_t ClassOf(size_t bytes);
  static size_t ClassBytes(size_t class_index);
  static void* SystemAllocate(size_t bytes);
  static void SystemFree(void* data, size_t bytes);

  void* TakeCached(size_t class_index);
  // False if the cache is full or closed.
  bool Keep(Block block);
  // Gives back `idle` blocks of every class (all of them if `everything`) and starts a new period.
  void Trim(bool everything);
  void TrimLoop();
  void StartTrimming();
  void Unreference();

  const size_t max_cached_bytes_;
  std::array<SizeClass, kClasses> classes_;
  std::atomic<int64_t> cached_bytes_{0};
  std::atomic<int64_t> bytes_in_use_{0};
  std::atomic<int64_t> peak_bytes_in_use_{0};
  std::atomic<int64_t> peak_pool_bytes_{0};
  std::atomic<int64_t> num_allocations_{0};
  std::atomic<int64_t> largest_allocation_{0};
  // Live blocks, and one for the owner until `Close`.
  std::atomic<int64_t> references_{1};
  std::atomic<bool> closed_{false};

  std::mutex trim_mutex_;
  std::condition_variable trim_wake_;
  std::thread trim_thread_;
  std::atomic<bool> trim_started_{false};
};

}  // namespace bering

#endif  // BERING_PJRT_CPU_POOL_H_
