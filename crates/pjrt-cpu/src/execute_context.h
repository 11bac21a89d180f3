// `PJRT_ExecuteContext`: what custom calls of one execution are given, see the FFI extension.

#ifndef BERING_PJRT_CPU_EXECUTE_CONTEXT_H_
#define BERING_PJRT_CPU_EXECUTE_CONTEXT_H_

#include <memory>

#include "xla.h"
#include "xla/pjrt/plugin/xla_cpu/cpu_execute_options.h"

struct PJRT_ExecuteContext {
  // Not the base class: the CPU takes every context it is given for one of its own.
  std::unique_ptr<xla::CpuExecuteContext> context;
};

#endif  // BERING_PJRT_CPU_EXECUTE_CONTEXT_H_
