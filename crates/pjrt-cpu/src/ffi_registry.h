// The registry of XLA's FFI. The library exports it; XLA's own header of these functions brings in a C++ side of the FFI that
// cannot be included beside the public one (`xla/ffi/api/ffi.h`).

#ifndef BERING_PJRT_CPU_FFI_REGISTRY_H_
#define BERING_PJRT_CPU_FFI_REGISTRY_H_

#include "xla.h"
#include "xla/ffi/api/c_api.h"

namespace xla::ffi {

const XLA_FFI_Api* GetXlaFfiApi();
absl::Status RegisterHandler(const XLA_FFI_Api* api, absl::string_view name, absl::string_view platform,
                             XLA_FFI_Handler_Bundle bundle, XLA_FFI_Handler_Traits traits);

}  // namespace xla::ffi

namespace bering {

// Makes a custom-call target of the CPU known to XLA.
absl::Status RegisterHostHandler(absl::string_view target, XLA_FFI_Handler* handler);

}  // namespace bering

#endif  // BERING_PJRT_CPU_FFI_REGISTRY_H_
