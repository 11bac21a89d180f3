// Which threads a program runs on, decided when it is compiled.

#ifndef BERING_PJRT_CPU_DISPATCH_H_
#define BERING_PJRT_CPU_DISPATCH_H_

#include "xla.h"
#include "xla/hlo/ir/hlo_module.h"
#include "xla/service/xla_transform.h"

namespace bering {

// XLA hands all but the most trivial programs to another thread, and shares even operations of a microsecond between
// threads. Where that takes longer than it saves, the default here is:
struct Dispatch {
  // The thread that executes the program runs it,
  bool in_caller = false;
  // and by itself.
  bool single_thread = false;
};

// Marks a program by estimates of what its operations take. The marks are part of a serialized executable.
class DispatchMarker final : public xla::HloXlaTransform {
 public:
  DispatchMarker() : HloXlaTransform("bering-dispatch-marker") {}
  absl::StatusOr<bool> Transform(xla::HloModule* module) override;
};

Dispatch DispatchOf(const xla::HloModule& module);

}  // namespace bering

#endif  // BERING_PJRT_CPU_DISPATCH_H_
