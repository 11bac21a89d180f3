// The chain of extensions that `PJRT_Api` starts.
//
// Each is a static struct of function pointers in a file of its own; `Extensions` links them.

#ifndef BERING_PJRT_CPU_EXTENSIONS_H_
#define BERING_PJRT_CPU_EXTENSIONS_H_

#include "pjrt_c_api_bering_programs_extension.h"
#include "xla.h"
#include "xla/pjrt/c/pjrt_c_api_ffi_extension.h"
#include "xla/pjrt/c/pjrt_c_api_layouts_extension.h"
#include "xla/pjrt/c/pjrt_c_api_memory_descriptions_extension.h"
#include "xla/pjrt/c/pjrt_c_api_profiler_extension.h"
#include "xla/pjrt/c/pjrt_c_api_shardings_extension.h"

namespace bering {

// All extensions, linked. They live as long as the process.
PJRT_Extension_Base* Extensions();

PJRT_FFI_Extension MakeFfiExtension();
PJRT_Layouts_Extension MakeLayoutsExtension();
PJRT_MemoryDescriptions_Extension MakeMemoryDescriptionsExtension();
PJRT_Profiler_Extension MakeProfilerExtension();
PJRT_Bering_Programs_Extension MakeProgramsExtension();
PJRT_Shardings_Extension MakeShardingsExtension();

// What every extension starts with.
inline PJRT_Extension_Base ExtensionBase(PJRT_Extension_Type type, size_t struct_size) {
  return PJRT_Extension_Base{struct_size, type, nullptr};
}

}  // namespace bering

#endif  // BERING_PJRT_CPU_EXTENSIONS_H_
