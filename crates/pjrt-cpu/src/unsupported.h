// Functions of the C API that make no sense on a CPU: each says so.

#ifndef BERING_PJRT_CPU_UNSUPPORTED_H_
#define BERING_PJRT_CPU_UNSUPPORTED_H_

#include "xla.h"

namespace bering {

PJRT_CopyToDeviceStream_Destroy CopyToDeviceStream_Destroy;
PJRT_CopyToDeviceStream_AddChunk CopyToDeviceStream_AddChunk;
PJRT_CopyToDeviceStream_TotalBytes CopyToDeviceStream_TotalBytes;
PJRT_CopyToDeviceStream_GranuleSize CopyToDeviceStream_GranuleSize;
PJRT_CopyToDeviceStream_CurrentBytes CopyToDeviceStream_CurrentBytes;

}  // namespace bering

#endif  // BERING_PJRT_CPU_UNSUPPORTED_H_
