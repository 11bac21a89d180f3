// The chain of extensions that `PJRT_Api` starts.

#ifndef BERING_PJRT_CPU_EXTENSIONS_H_
#define BERING_PJRT_CPU_EXTENSIONS_H_

#include "xla.h"

namespace bering {

// All extensions, linked.
PJRT_Extension_Base* Extensions();

}  // namespace bering

#endif  // BERING_PJRT_CPU_EXTENSIONS_H_
