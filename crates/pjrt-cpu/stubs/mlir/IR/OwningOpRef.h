// A move-only owner of an operation handle, layout-compatible with the library's: the handle and nothing else.

#ifndef BERING_STUBS_MLIR_IR_OWNINGOPREF_H_
#define BERING_STUBS_MLIR_IR_OWNINGOPREF_H_

#include <cstddef>
#include <utility>

namespace mlir {

template <typename OpTy>
class OwningOpRef {
 public:
  OwningOpRef(std::nullptr_t = nullptr) {}  // NOLINT: implicit, as in MLIR.
  OwningOpRef(OpTy op) : op_(op) {}         // NOLINT: implicit, as in MLIR.
  OwningOpRef(OwningOpRef&& other) noexcept : op_(other.release()) {}
  OwningOpRef& operator=(OwningOpRef&& other) noexcept {
    if (this != &other) {
      reset();
      op_ = other.release();
    }
    return *this;
  }
  ~OwningOpRef() { reset(); }

  explicit operator bool() const { return static_cast<bool>(op_); }
  OpTy get() const { return op_; }
  OpTy operator*() const { return op_; }
  OpTy release() { return std::exchange(op_, OpTy(nullptr)); }

 private:
  void reset() {
    if (op_) op_.erase();
    op_ = OpTy(nullptr);
  }

  OpTy op_;
};

}  // namespace mlir

#endif  // BERING_STUBS_MLIR_IR_OWNINGOPREF_H_
