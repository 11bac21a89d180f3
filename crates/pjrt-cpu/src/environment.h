// The process's environment, as far as XLA reads it.

#ifndef BERING_PJRT_CPU_ENVIRONMENT_H_
#define BERING_PJRT_CPU_ENVIRONMENT_H_

#include "xla.h"

namespace bering {

// INVALID_ARGUMENT if `XLA_FLAGS` holds something XLA would abort the process for. To be called before anything that
// makes XLA read its flags, which it does once.
absl::Status CheckEnvironment();

// The machine that XLA compiles for: this one, as the flags restrict it.
xla::cpu::TargetMachineOptions HostMachine();

}  // namespace bering

#endif  // BERING_PJRT_CPU_ENVIRONMENT_H_
