// What concerns the plugin as a whole.

#ifndef BERING_PJRT_CPU_PLUGIN_H_
#define BERING_PJRT_CPU_PLUGIN_H_

#include "xla.h"

namespace bering {

PJRT_Plugin_Initialize Plugin_Initialize;
PJRT_Plugin_Attributes Plugin_Attributes;

}  // namespace bering

#endif  // BERING_PJRT_CPU_PLUGIN_H_
