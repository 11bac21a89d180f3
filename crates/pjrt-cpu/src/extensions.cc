#include "extensions.h"

namespace bering {

PJRT_Extension_Base* Extensions() {
  static PJRT_FFI_Extension ffi = MakeFfiExtension();
  static PJRT_Layouts_Extension layouts = MakeLayoutsExtension();
  static PJRT_MemoryDescriptions_Extension memory_descriptions = MakeMemoryDescriptionsExtension();
  static PJRT_Profiler_Extension profiler = MakeProfilerExtension();
  static PJRT_Bering_Programs_Extension programs = MakeProgramsExtension();
  static PJRT_Shardings_Extension shardings = MakeShardingsExtension();
  static PJRT_Extension_Base* const first = [] {
    PJRT_Extension_Base* const chain[] = {&ffi.base, &layouts.base, &memory_descriptions.base, &profiler.base,
                                          &programs.base, &shardings.base};
    for (size_t i = 0; i + 1 < std::size(chain); ++i) chain[i]->next = chain[i + 1];
    return chain[0];
  }();
  return first;
}

}  // namespace bering
