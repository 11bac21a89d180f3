// Work of one operation, divided between threads.

#ifndef BERING_PJRT_CPU_SHARES_H_
#define BERING_PJRT_CPU_SHARES_H_

#include <cstdint>
#include <functional>

#include "absl/functional/function_ref.h"
#include "xla.h"
#include "xla/ffi/api/ffi.h"

namespace bering {

// To divide work into: several for each thread, because threads start late and run unevenly.
inline constexpr int64_t kSharesPerThread = 4;

// How many threads of `pool` are worth having for `work`, of which `per_thread` is done before another thread is woken.
int64_t ThreadsFor(const xla::ffi::ThreadPool& pool, int64_t work, int64_t per_thread);

// Calls `share` with each of 0 to `count - 1`, on this thread and on up to `threads - 1` that `schedule` finds, and returns when
// all have been called. Whoever is free takes the next.
void RunShares(absl::FunctionRef<void(std::function<void()>)> schedule, int64_t threads, int64_t count,
               std::function<void(int64_t)> share);
void RunShares(xla::ffi::ThreadPool& pool, int64_t threads, int64_t count, std::function<void(int64_t)> share);

}  // namespace bering

#endif  // BERING_PJRT_CPU_SHARES_H_
