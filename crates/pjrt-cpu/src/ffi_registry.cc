#include "ffi_registry.h"

namespace bering {

absl::Status RegisterHostHandler(absl::string_view target, XLA_FFI_Handler* handler) {
  XLA_FFI_Handler_Bundle bundle = {};
  bundle.execute = handler;
  return xla::ffi::RegisterHandler(xla::ffi::GetXlaFfiApi(), target, "Host", bundle, /*traits=*/0);
}

}  // namespace bering
