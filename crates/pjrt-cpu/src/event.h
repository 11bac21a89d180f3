// `PJRT_Event`: a future that somebody else completes, or one that `PJRT_Event_Set` completes.

#ifndef BERING_PJRT_CPU_EVENT_H_
#define BERING_PJRT_CPU_EVENT_H_

#include <atomic>

#include "xla.h"

struct PJRT_Event {
  xla::Future<> future;
  // Only for events of `PJRT_Event_Create`.
  xla::Promise<> promise;
  std::atomic<bool> settable{false};
};

namespace bering {

// Owned by the caller of the C API.
PJRT_Event* NewEvent(xla::Future<> future);

PJRT_Event_Destroy Event_Destroy;
PJRT_Event_IsReady Event_IsReady;
PJRT_Event_Error Event_Error;
PJRT_Event_Await Event_Await;
PJRT_Event_OnReady Event_OnReady;
PJRT_Event_Create Event_Create;
PJRT_Event_Set Event_Set;

}  // namespace bering

#endif  // BERING_PJRT_CPU_EVENT_H_
