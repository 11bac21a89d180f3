#include "allocator.h"

#include <cstdlib>
#include <new>

namespace bering {
namespace {

// Small blocks carry their own descriptor in front of the payload, so that an allocation is one block and nothing else.
constexpr size_t kHeaderBytes = Pool::kAlignment;
constexpr size_t kMaxInlineBytes = size_t{64} << 10;

// Where a small block belongs. It stands in front of the descriptor, not inside of it, so that it can still be read
// when the descriptor has been destroyed.
struct Origin {
  Pool* pool;
  size_t class_index;
};

class InlineMemory final : public xla::CpuDeviceMemory::RawMemory {
 public:
  static InlineMemory* Create(Pool* pool, Pool::Block block, size_t size_bytes) {
    auto* origin = new (block.data) Origin{pool, block.class_index};
    return new (origin + 1) InlineMemory(size_bytes);
  }

  void* base() const override {
    const Origin* origin = reinterpret_cast<const Origin*>(this) - 1;
    return reinterpret_cast<char*>(const_cast<Origin*>(origin)) + kHeaderBytes;
  }
  size_t size_bytes() const override { return size_bytes_; }

  static void* operator new(size_t, void* where) { return where; }
  static void operator delete(void* memory) {
    Origin* const origin = static_cast<Origin*>(memory) - 1;
    origin->pool->Free({origin, origin->class_index});
  }

 private:
  explicit InlineMemory(size_t size_bytes) : size_bytes_(size_bytes) {}

  const size_t size_bytes_;
};

static_assert(sizeof(Origin) + sizeof(InlineMemory) <= kHeaderBytes, "both must fit in front of the payload");

class SeparateMemory final : public xla::CpuDeviceMemory::RawMemory {
 public:
  SeparateMemory(Pool* pool, Pool::Block block, size_t size_bytes)
      : pool_(pool), block_(block), size_bytes_(size_bytes) {}
  ~SeparateMemory() override { pool_->Free(block_); }

  void* base() const override { return block_.data; }
  size_t size_bytes() const override { return size_bytes_; }

 private:
  Pool* const pool_;
  const Pool::Block block_;
  const size_t size_bytes_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<xla::CpuDeviceMemory::RawMemory>> PoolAllocator::Allocate(size_t size_bytes,
                                                                                         size_t alignment) const {
  if (alignment > Pool::kAlignment) {
    return absl::UnimplementedError(absl::StrCat("memory aligned to ", alignment, " bytes"));
  }
  const bool inlined = size_bytes <= kMaxInlineBytes;
  Pool::Block block = pool_->Allocate(inlined ? size_bytes + kHeaderBytes : size_bytes);
  if (block.data == nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat("out of memory allocating ", size_bytes, " bytes"));
  }
  if (inlined) {
    return std::unique_ptr<xla::CpuDeviceMemory::RawMemory>(InlineMemory::Create(pool_, block, size_bytes));
  }
  return std::make_unique<SeparateMemory>(pool_, block, size_bytes);
}

void KeepFreedMemory() {
  // glibc raises what it maps and what it gives back to the size of the largest mapped block that was freed, of up to 32 MiB
  // with its header. Users who set either keep what they set. `volatile`, or the compiler leaves out both calls.
  void* volatile block = std::malloc((size_t{32} << 20) - (size_t{16} << 10));
  std::free(block);
}

}  // namespace bering
