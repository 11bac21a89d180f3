/* What bindgen sees: the PJRT C API, those of its extensions that are C, and XLA's FFI C API.
 *
 * The C++-only neighbours (helpers, wrapper_impl, status_utils) stay out: they are for plugin authors. So does the
 * callback extension, which a C compiler rejects (it names enums without their tag). One extension is Bering's own; its
 * header is in `include/`. */

#include "pjrt_c_api_bering_programs_extension.h"
#include "xla/backends/profiler/plugin/profiler_c_api.h"
#include "xla/ffi/api/c_api.h"
#include "xla/pjrt/c/pjrt_c_api.h"
#include "xla/pjrt/c/pjrt_c_api_abi_version_extension.h"
#include "xla/pjrt/c/pjrt_c_api_ffi_extension.h"
#include "xla/pjrt/c/pjrt_c_api_layouts_extension.h"
#include "xla/pjrt/c/pjrt_c_api_memory_descriptions_extension.h"
#include "xla/pjrt/c/pjrt_c_api_phase_compile_extension.h"
#include "xla/pjrt/c/pjrt_c_api_profiler_extension.h"
#include "xla/pjrt/c/pjrt_c_api_raw_buffer_extension.h"
#include "xla/pjrt/c/pjrt_c_api_shardings_extension.h"
#include "xla/pjrt/c/pjrt_c_api_stream_extension.h"
