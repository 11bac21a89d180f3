// The part of MLIR's `ModuleOp` that XLA's public headers touch: a nullable handle to an operation.
//
// XLA's CPU libraries carry their own LLVM and MLIR but not their headers, and no other MLIR release may be
// mixed in. On the path from a program's text to an executable, the module is only parsed, passed on and
// erased, so its layout (one pointer) and one exported function are all that has to agree.

#ifndef BERING_STUBS_MLIR_IR_BUILTINOPS_H_
#define BERING_STUBS_MLIR_IR_BUILTINOPS_H_

#include <cstddef>

namespace mlir {

class Operation {
 public:
  void erase();
};

class ModuleOp {
 public:
  ModuleOp() = default;
  ModuleOp(std::nullptr_t) {}  // NOLINT: implicit, as the real class is assigned from nullptr.

  explicit operator bool() const { return operation_ != nullptr; }
  Operation* getOperation() const { return operation_; }

  // Only called through `OwningOpRef`.
  void erase() { operation_->erase(); }

 private:
  Operation* operation_ = nullptr;
};

static_assert(sizeof(ModuleOp) == sizeof(void*), "a ModuleOp is one pointer");

}  // namespace mlir

#endif  // BERING_STUBS_MLIR_IR_BUILTINOPS_H_
