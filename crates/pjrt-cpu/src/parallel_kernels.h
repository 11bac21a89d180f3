// Kernels of several parts that stay with the thread that runs the program.
//
// XLA gives parts of a kernel to the threads of its pool and lets whichever of them ends last go on with the program. The
// thread that began it sleeps from then on; in a loop of small kernels it and the others wake each other all the time, and
// free what another thread has allocated. Here the thread that runs a kernel takes its parts together with those that come
// to help, waits for what they have begun, and goes on itself: at worst it has computed all of them.

#ifndef BERING_PJRT_CPU_PARALLEL_KERNELS_H_
#define BERING_PJRT_CPU_PARALLEL_KERNELS_H_

#include "xla.h"

namespace bering {

// Puts such kernels in the place of XLA's, in loops and branches too. Call before `executable` runs.
void KeepKernelsInThread(xla::PjRtExecutable& executable);

}  // namespace bering

#endif  // BERING_PJRT_CPU_PARALLEL_KERNELS_H_
