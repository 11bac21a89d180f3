"""Programs exported from JAX: `bering bench` beside JAX's own time, and process start with a cold and a warm compile cache.

Run by hand, in an environment with jax 0.10 and flatbuffers, after `cargo build --release -p bering-cli`:

    python benches/exported.py [--only NAME] [--seconds 1.0]

Each program is timed by both in turn, three times; rows are medians of the three medians, each run waited for. Both use all processors.
Numbers move when the machine is not quiet: compare rows of one run only.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import export, lax

ROOT = pathlib.Path(__file__).resolve().parent.parent
BERING = ROOT / "target/release/bering"
RNG = np.random.default_rng(0)


def normal(*shape, scale=1.0):
    return (RNG.standard_normal(shape) * scale).astype(np.float32)


def transformer(layers, width, tokens):
    """Forward pass; the layers are written out one after the other."""

    def run(x, *weights):
        for qkv, up, down in zip(weights[::3], weights[1::3], weights[2::3]):
            normed = (x - x.mean(-1, keepdims=True)) * lax.rsqrt(x.var(-1, keepdims=True) + 1e-5)
            q, k, v = jnp.split((normed @ qkv).reshape(*x.shape[:2], 4, -1), 3, -1)
            scores = jax.nn.softmax(jnp.einsum("bqhd,bkhd->bhqk", q, k) * q.shape[-1] ** -0.5)
            x = x + jnp.einsum("bhqk,bkhd->bqhd", scores, v).reshape(x.shape)
            x = x + jax.nn.gelu(x @ up) @ down
        return x

    scale = width**-0.5
    weights = [
        normal(*shape, scale=scale) for _ in range(layers) for shape in ((width, 3 * width), (width, 4 * width), (4 * width, width))
    ]
    return run, [normal(2, tokens, width), *weights]


def training_step(layers):
    forward, arguments = transformer(layers, 64, 32)
    loss = lambda *a: jnp.square(forward(*a)).mean()
    return jax.value_and_grad(loss, argnums=tuple(range(1, len(arguments)))), arguments


def lstm():
    def run(xs, weights):
        def step(state, x):
            h, c = state
            i, f, g, o = jnp.split(jnp.concatenate([x, h], -1) @ weights, 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zeros = jnp.zeros((xs.shape[1], 128))
        return lax.scan(step, (zeros, zeros), xs)

    return run, [normal(100, 16, 128), normal(256, 512, scale=0.1)]


def cnn():
    def run(x, *kernels):
        for kernel in kernels:
            x = jax.nn.relu(lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")))
            x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        return x.mean((1, 2))

    return run, [normal(8, 64, 64, 3), normal(3, 3, 3, 32, scale=0.2), normal(3, 3, 32, 64, scale=0.1), normal(3, 3, 64, 64, scale=0.1)]


PROGRAMS = {
    "tiny": lambda: (lambda x: x * 2 + 1, [normal(4)]),
    "lstm": lstm,
    "cnn": cnn,
    "transformer": lambda: transformer(4, 256, 128),
    "training_step": lambda: training_step(3),
    "fft": lambda: (lambda x: jnp.abs(jnp.fft.rfft(x)), [normal(64, 8192)]),
    "sort": lambda: (lambda x: (jnp.sort(x), lax.top_k(x, 16)), [normal(64, 4096)]),
    "random": lambda: (lambda seed: jax.random.normal(jax.random.key(seed), (1 << 20,)), [np.uint32(1)]),
    "newton": lambda: (lambda x: lax.fori_loop(0, 200, lambda _, s: (s + x / s) / 2, x), [np.abs(normal(1024)) + 1]),
    "elementwise": lambda: (lambda x, y: jnp.tanh(x) * y + jnp.exp(-x * x), [normal(2048, 2048), normal(2048, 2048)]),
    "matmul": lambda: (lambda x, y: x @ y, [normal(1024, 1024), normal(1024, 1024)]),
    "int8_matmul": lambda: (
        lambda x, y: lax.dot_general(x, y, (((1,), (0,)), ((), ())), preferred_element_type=jnp.int32),
        [RNG.integers(-9, 9, (256, 512), dtype=np.int8), RNG.integers(-9, 9, (512, 512), dtype=np.int8)],
    ),
}


def jax_median(function, arguments, seconds):
    """The median time of a run, in batches as `bering bench` makes them."""
    compiled = jax.jit(function).lower(*arguments).compile()
    arguments = [jax.device_put(argument) for argument in arguments]
    once = lambda: jax.block_until_ready(compiled(*arguments))
    once()

    def timed(batch):
        start = time.perf_counter()
        for _ in range(batch):
            once()
        return time.perf_counter() - start

    batch = 1
    while timed(batch) < 1e-3:
        batch *= 2
    runs, begin = [], time.perf_counter()
    while len(runs) < 10 or time.perf_counter() - begin < seconds:
        runs.append(timed(batch) / batch)
    return statistics.median(runs)


def bering(*arguments, cache=None):
    environment = os.environ | ({"BERING_CACHE": str(cache)} if cache else {})
    return subprocess.run([BERING, *map(str, arguments)], check=True, capture_output=True, text=True, env=environment).stdout


def speed(names, directory, seconds):
    print(f"{'program':<16}{'Bering':>12}{'JAX':>12}   JAX/Bering   GFLOP/s  compile")
    for name in names:
        function, arguments = PROGRAMS[name]()
        file, inputs = directory / f"{name}.jax", directory / f"{name}.npz"
        file.write_bytes(export.export(jax.jit(function))(*arguments).serialize())
        np.savez(inputs, *arguments)
        ours, theirs = [], []
        for _ in range(3):
            ours.append(json.loads(bering("bench", file, "--input", inputs, "--json", "--seconds", seconds)))
            theirs.append(jax_median(function, arguments, seconds))
        ours.sort(key=lambda found: found["median_s"])
        found, peer = ours[1], statistics.median(theirs)
        micros = lambda seconds: f"{seconds * 1e6:.1f} us"
        print(
            f"{name:<16}{micros(found['median_s']):>12}{micros(peer):>12}{peer / found['median_s']:>13.2f}"
            f"{found['gflop_per_s']:>10.1f}{found['compile_s'] * 1e3:>7.0f} ms",
            flush=True,
        )


def start(directory):
    """Wall time of a process from its start to its result on disk, the first time and later."""
    print("\nprocess start to first result, cold and warm compile cache (median of five)")
    for layers in (2, 12):
        function, arguments = training_step(layers)
        file, inputs = directory / "step.jax", directory / "step.npz"
        file.write_bytes(export.export(jax.jit(function))(*arguments).serialize())
        np.savez(inputs, *arguments)
        with tempfile.TemporaryDirectory() as cache:
            times = []
            for _ in range(6):
                begin = time.perf_counter()
                bering("run", file, "--input", inputs, "--output", directory / "out.npz", cache=cache)
                times.append(time.perf_counter() - begin)
        warm = statistics.median(times[1:])
        print(f"training step of {layers} layers: cold {times[0]:.2f} s, warm {warm:.3f} s, {times[0] / warm:.1f} times faster")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", choices=[*PROGRAMS, "start"])
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    print(f"jax {jax.__version__}, {os.cpu_count()} processors")
    names = [name for name in PROGRAMS if not options.only or name in options.only]
    with tempfile.TemporaryDirectory() as directory:
        speed(names, pathlib.Path(directory), options.seconds)
        if not options.only or "start" in options.only:
            start(pathlib.Path(directory))


if __name__ == "__main__":
    main()
