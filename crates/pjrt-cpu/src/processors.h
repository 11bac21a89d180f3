// How kernels are compiled for the processors there are.

#ifndef BERING_PJRT_CPU_PROCESSORS_H_
#define BERING_PJRT_CPU_PROCESSORS_H_

// A function is compiled for each of these, and the processor's is chosen when the library is loaded.
#if defined(__x86_64__)
#define BERING_FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define BERING_FOR_EACH_PROCESSOR
#endif

// What is part of such a function must be compiled with it.
#define BERING_INLINE inline __attribute__((always_inline))
#define BERING_LAMBDA __attribute__((always_inline))

#endif  // BERING_PJRT_CPU_PROCESSORS_H_
