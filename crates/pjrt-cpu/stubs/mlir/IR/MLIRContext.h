// `mlir::MLIRContext` as the library lays it out: one owning pointer, with both special members exported.

#ifndef BERING_STUBS_MLIR_IR_MLIRCONTEXT_H_
#define BERING_STUBS_MLIR_IR_MLIRCONTEXT_H_

namespace mlir {

class MLIRContext {
 public:
  enum class Threading { DISABLED, ENABLED };

  explicit MLIRContext(Threading multithreading = Threading::ENABLED);
  ~MLIRContext();

  MLIRContext(const MLIRContext&) = delete;
  MLIRContext& operator=(const MLIRContext&) = delete;

 private:
  void* impl_;
};

}  // namespace mlir

#endif  // BERING_STUBS_MLIR_IR_MLIRCONTEXT_H_
