"""The cases of `cargo bench -p bering-runtime`, run by JAX on the same machine.

Run by hand, in an environment of its own:

    python3 -m venv /tmp/jax && /tmp/jax/bin/pip install jax && /tmp/jax/bin/python benches/runtime_vs_jax.py

Both print medians over batches, in microseconds, waiting for each result. Compare rows of one machine only, and run
one program at a time.
"""

import time

start = time.perf_counter()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402


def report(case, run):
    batch = 1
    while True:
        begin = time.perf_counter()
        for _ in range(batch):
            run()
        if time.perf_counter() - begin > 1e-3:
            break
        batch *= 2
    times = []
    begin = time.perf_counter()
    while len(times) < 20 or time.perf_counter() - begin < 1.0:
        t = time.perf_counter()
        for _ in range(batch):
            run()
        times.append((time.perf_counter() - t) * 1e6 / batch)
    times.sort()
    at = lambda part: times[int((len(times) - 1) * part)]
    print(f"{case:<34} {at(0.5):>10.2f} us   ({at(0.1):.2f} .. {at(0.9):.2f}, {len(times)} batches)")
    return at(0.5)


def main():
    jax.devices()
    print(f"jax {jax.__version__}: import and client {(time.perf_counter() - start) * 1e3:.1f} ms")

    add = jax.jit(lambda x, y: x + y)
    x, y = jnp.float32(1), jnp.float32(1)
    add(x, y)
    report("tiny add, execute", lambda: add(x, y))
    report("tiny add, execute + wait", lambda: add(x, y).block_until_ready())

    plus_one = jax.jit(lambda x: x + 1)
    x64 = jnp.ones(16 << 20, jnp.float32)
    plus_one(x64)
    report("x + 1, 64 MB", lambda: plus_one(x64).block_until_ready())

    dot = jax.jit(lambda x, y: x @ y)
    for size in (1024, 2048):
        m = jnp.ones((size, size), jnp.float32)
        dot(m, m)
        micros = report(f"matmul f32 {size}", lambda: dot(m, m).block_until_ready())
        print(f"{'':<34} {2 * size**3 / micros / 1e3:>10.0f} GFLOP/s")


if __name__ == "__main__":
    main()
