// The entry points of `PJRT_Error`.

#ifndef BERING_PJRT_CPU_ERROR_H_
#define BERING_PJRT_CPU_ERROR_H_

#include "xla.h"

namespace bering {

PJRT_Error_Destroy Error_Destroy;
PJRT_Error_Message Error_Message;
PJRT_Error_GetCode Error_GetCode;
PJRT_Error_ForEachPayload Error_ForEachPayload;

}  // namespace bering

#endif  // BERING_PJRT_CPU_ERROR_H_
