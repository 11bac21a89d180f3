#include "pool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

namespace bering {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;
// Blocks that lie idle for one to two of these are given back.
constexpr std::chrono::seconds kTrimPeriod(2);

void RaiseTo(std::atomic<int64_t>& maximum, int64_t value) {
  int64_t current = maximum.load(std::memory_order_relaxed);
  while (value > current && !maximum.compare_exchange_weak(current, value, std::memory_order_relaxed)) {
  }
}

size_t RoundUp(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// Maps `bytes`, aligned to a huge page where one fits.
void* Map(size_t bytes) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t alignment = bytes >= kHugePageBytes ? kHugePageBytes : page;
  const size_t reserved = bytes + alignment - page;
  void* mapping = mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return nullptr;
  char* const begin = static_cast<char*>(mapping);
  char* const data = reinterpret_cast<char*>(RoundUp(reinterpret_cast<uintptr_t>(begin), alignment));
  if (data != begin) munmap(begin, data - begin);
  const size_t tail = begin + reserved - (data + bytes);
  if (tail != 0) munmap(data + bytes, tail);
  // Advice only: without huge pages it works as well, slower.
  if (alignment == kHugePageBytes) madvise(data, bytes, MADV_HUGEPAGE);
  return data;
}

}  // namespace

Pool::Pool(size_t max_cached_bytes) : max_cached_bytes_(max_cached_bytes) {}

Pool::~Pool() = default;

size_t Pool::ClassOf(size_t bytes) {
  bytes = std::max(bytes, size_t{1} << kMinBits);
  // The doubling that `bytes` falls into, and the step inside of it, rounded up.
  const size_t bits = 63 - static_cast<size_t>(__builtin_clzll(bytes));
  const size_t step = (size_t{1} << bits) / kStepsPerDoubling;
  const size_t steps = (bytes - (size_t{1} << bits) + step - 1) / step;
  return (bits - kMinBits) * kStepsPerDoubling + steps;
}

size_t Pool::ClassBytes(size_t class_index) {
  const size_t base = size_t{1} << (class_index / kStepsPerDoubling + kMinBits);
  const size_t bytes = base + class_index % kStepsPerDoubling * (base / kStepsPerDoubling);
  return bytes >= kMappedBytes ? RoundUp(bytes, static_cast<size_t>(sysconf(_SC_PAGESIZE)))
                               : RoundUp(bytes, kAlignment);
}

void* Pool::SystemAllocate(size_t bytes) {
  return bytes >= kMappedBytes ? Map(bytes) : std::aligned_alloc(kAlignment, bytes);
}

void Pool::SystemFree(void* data, size_t bytes) {
  if (bytes >= kMappedBytes) {
    munmap(data, bytes);
  } else {
    std::free(data);
  }
}

void* Pool::TakeCached(size_t class_index) {
  SizeClass& size_class = classes_[class_index];
  std::lock_guard<std::mutex> lock(size_class.mutex);
  if (size_class.free.empty()) return nullptr;
  void* data = size_class.free.back();
  size_class.free.pop_back();
  size_class.idle = std::min(size_class.idle, size_class.free.size());
  return data;
}

Pool::Block Pool::Allocate(size_t bytes) {
  if (bytes > size_t{1} << (kMaxBits - 1)) return {nullptr, 0};
  const size_t class_index = ClassOf(bytes);
  const size_t class_bytes = ClassBytes(class_index);
  void* data = TakeCached(class_index);
  if (data != nullptr) {
    cached_bytes_.fetch_sub(class_bytes, std::memory_order_relaxed);
  } else {
    data = SystemAllocate(class_bytes);
    if (data == nullptr) {
      // What other classes hoard may be what is missing.
      Trim(/*everything=*/true);
      data = SystemAllocate(class_bytes);
    }
    if (data == nullptr) return {nullptr, 0};
  }
  references_.fetch_add(1, std::memory_order_relaxed);
  num_allocations_.fetch_add(1, std::memory_order_relaxed);
  const int64_t in_use =
      bytes_in_use_.fetch_add(class_bytes, std::memory_order_relaxed) + static_cast<int64_t>(class_bytes);
  RaiseTo(peak_bytes_in_use_, in_use);
  RaiseTo(peak_pool_bytes_, in_use + cached_bytes_.load(std::memory_order_relaxed));
  RaiseTo(largest_allocation_, static_cast<int64_t>(bytes));
  return {data, class_index};
}

bool Pool::Keep(Block block) {
  const size_t bytes = ClassBytes(block.class_index);
  const int64_t cached = cached_bytes_.fetch_add(bytes, std::memory_order_relaxed) + static_cast<int64_t>(bytes);
  if (cached > static_cast<int64_t>(max_cached_bytes_)) {
    cached_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  SizeClass& size_class = classes_[block.class_index];
  {
    std::lock_guard<std::mutex> lock(size_class.mutex);
    // Looked at under the lock: `Close` sets it first and empties the classes after.
    if (!closed_.load(std::memory_order_acquire)) {
      size_class.free.push_back(block.data);
      return true;
    }
  }
  cached_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  return false;
}

void Pool::Free(Block block) {
  const size_t bytes = ClassBytes(block.class_index);
  bytes_in_use_.fetch_sub(bytes, std::memory_order_relaxed);
  if (!Keep(block)) SystemFree(block.data, bytes);
  if (bytes >= kMappedBytes && !trim_started_.load(std::memory_order_relaxed)) StartTrimming();
  Unreference();
}

void Pool::Unreference() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void Pool::Trim(bool everything) {
  std::vector<void*> released;
  for (size_t index = 0; index < kClasses; ++index) {
    SizeClass& size_class = classes_[index];
    {
      std::lock_guard<std::mutex> lock(size_class.mutex);
      const size_t count = everything ? size_class.free.size() : size_class.idle;
      // The oldest are at the front: the most recently used are the warm ones.
      released.assign(size_class.free.begin(), size_class.free.begin() + count);
      size_class.free.erase(size_class.free.begin(), size_class.free.begin() + count);
      size_class.idle = size_class.free.size();
    }
    const size_t bytes = ClassBytes(index);
    for (void* data : released) SystemFree(data, bytes);
    cached_bytes_.fetch_sub(static_cast<int64_t>(released.size() * bytes), std::memory_order_relaxed);
  }
}

void Pool::StartTrimming() {
  std::lock_guard<std::mutex> lock(trim_mutex_);
  if (trim_started_.load() || closed_.load()) return;
  try {
    trim_thread_ = std::thread([this] { TrimLoop(); });
    trim_started_.store(true);
  } catch (const std::exception&) {
    // No thread to be had: the bound of the cache still holds.
  }
}

void Pool::TrimLoop() {
  std::unique_lock<std::mutex> lock(trim_mutex_);
  while (!closed_.load()) {
    trim_wake_.wait_for(lock, kTrimPeriod);
    if (closed_.load()) return;
    lock.unlock();
    if (cached_bytes_.load(std::memory_order_relaxed) != 0) Trim(/*everything=*/false);
    lock.lock();
  }
}

void Pool::Close() {
  {
    std::lock_guard<std::mutex> lock(trim_mutex_);
    closed_.store(true, std::memory_order_release);
  }
  trim_wake_.notify_all();
  if (trim_thread_.joinable()) trim_thread_.join();
  Trim(/*everything=*/true);
  Unreference();
}

Pool::Stats Pool::GetStats() const {
  const int64_t in_use = bytes_in_use_.load(std::memory_order_relaxed);
  return {in_use,
          peak_bytes_in_use_.load(std::memory_order_relaxed),
          num_allocations_.load(std::memory_order_relaxed),
          largest_allocation_.load(std::memory_order_relaxed),
          in_use + cached_bytes_.load(std::memory_order_relaxed),
          peak_pool_bytes_.load(std::memory_order_relaxed)};
}

void Pool::ResetPeaks() {
  const int64_t in_use = bytes_in_use_.load(std::memory_order_relaxed);
  peak_bytes_in_use_.store(in_use, std::memory_order_relaxed);
  peak_pool_bytes_.store(in_use + cached_bytes_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  num_allocations_.store(0, std::memory_order_relaxed);
  largest_allocation_.store(0, std::memory_order_relaxed);
}

size_t Pool::MemoryLimit() {
  size_t limit = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  // A container may have less than the machine ("max" does not parse as a number and changes nothing).
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::ifstream file(path);
    size_t bytes = 0;
    if (file >> bytes && bytes != 0) limit = std::min(limit, bytes);
  }
  return limit;
}

size_t Pool::DefaultMaxCachedBytes() { return MemoryLimit() / 4; }

}  // namespace bering
