// `PJRT_ExecuteContext`: what custom calls of one execution are given, see the FFI extension.

#ifndef BERING_PJRT_CPU_EXECUTE_CONTEXT_H_
#define BERING_PJRT_CPU_EXECUTE_CONTEXT_H_

#include <memory>

#include "xla.h"

struct PJRT_ExecuteContext {
  std::unique_ptr<xla::ExecuteContext> context;
};

#endif  // BERING_PJRT_CPU_EXECUTE_CONTEXT_H_
