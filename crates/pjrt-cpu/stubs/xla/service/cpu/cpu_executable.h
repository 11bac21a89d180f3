// Stands in for XLA's own header of this name, which brings in XLA's generated-code runtime and headers that the
// libraries do not carry. `xla/pjrt/cpu/cpu_client.h` names the class as a kind of `Executable` and no more; neither that
// header's inline functions that call it nor objects of it are ever made here.

#ifndef BERING_STUBS_XLA_SERVICE_CPU_CPU_EXECUTABLE_H_
#define BERING_STUBS_XLA_SERVICE_CPU_CPU_EXECUTABLE_H_

#include "xla/service/executable.h"

namespace xla::cpu {

class CpuExecutable : public Executable {};

}  // namespace xla::cpu

#endif  // BERING_STUBS_XLA_SERVICE_CPU_CPU_EXECUTABLE_H_
