#include "event.h"

#include "entry.h"

namespace bering {

PJRT_Event* NewEvent(xla::Future<> future) {
  auto* event = new PJRT_Event;
  event->future = std::move(future);
  return event;
}

BERING_ENTRY(Event_Destroy, event) {
  delete args->event;
  return absl::OkStatus();
}

BERING_ENTRY(Event_IsReady, is_ready) {
  BERING_REQUIRE(args->event);
  args->is_ready = args->event->future.IsReady();
  return absl::OkStatus();
}

BERING_ENTRY(Event_Error, event) {
  BERING_REQUIRE(args->event);
  if (!args->event->future.IsReady()) {
    return absl::FailedPreconditionError("PJRT_Event_Error was called on an event that is not ready");
  }
  return args->event->future.Await();
}

BERING_ENTRY(Event_Await, event) {
  BERING_REQUIRE(args->event);
  return args->event->future.Await();
}

BERING_ENTRY(Event_OnReady, user_arg) {
  BERING_REQUIRE(args->event);
  BERING_REQUIRE(args->callback);
  args->event->future.OnReady(
      [callback = args->callback, user_arg = args->user_arg](const absl::Status& status) {
        callback(ToError(status), user_arg);
      });
  return absl::OkStatus();
}

BERING_ENTRY(Event_Create, event) {
  auto [promise, future] = xla::MakePromise<>();
  PJRT_Event* event = NewEvent(std::move(future));
  event->promise = std::move(promise);
  event->settable.store(true);
  args->event = event;
  return absl::OkStatus();
}

BERING_ENTRY(Event_Set, error_message_size) {
  BERING_REQUIRE(args->event);
  // Setting a promise twice would abort, so the first caller takes the right to set it.
  if (!args->event->settable.exchange(false)) {
    return absl::FailedPreconditionError(
        "PJRT_Event_Set needs an event made by PJRT_Event_Create that has not been set");
  }
  args->event->promise.Set(MakeStatus(args->error_code, args->error_message, args->error_message_size));
  return absl::OkStatus();
}

}  // namespace bering
