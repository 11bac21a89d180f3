"""Programs exported from JAX: `bering bench` beside JAX's own time, and process start with a cold and a warm compile cache.

See README.md beside this. `python benches/exported/run.py [--only NAME] [--seconds 1.0] [--rounds 3]`
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import jax
import numpy as np
from jax import export

from programs import PROGRAMS, training_step

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BERING = ROOT / "target/release/bering"


def jax_median(compiled, arguments, seconds):
    """The median time of a run, in batches as `bering bench` makes them."""
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


def serve(connection, name):
    function, arguments = PROGRAMS[name]()
    compiled = jax.jit(function).lower(*arguments).compile()
    arguments = jax.tree.map(jax.device_put, arguments)
    while (seconds := connection.recv()) is not None:
        connection.send(jax_median(compiled, arguments, seconds))


@contextlib.contextmanager
def jax_process(name):
    """A function from seconds to `jax_median` of a program, in a process that runs no other: as `bering bench` is one."""
    context = multiprocessing.get_context("spawn")
    connection, end = context.Pipe()
    process = context.Process(target=serve, args=(end, name))
    process.start()
    try:
        yield lambda seconds: (connection.send(seconds), connection.recv())[1]
    finally:
        connection.send(None)
        process.join()


def bering(*arguments, cache=None):
    environment = os.environ | ({"BERING_CACHE": str(cache)} if cache else {})
    return subprocess.run([BERING, *map(str, arguments)], check=True, capture_output=True, text=True, env=environment).stdout


def write(directory, name, function, arguments):
    """The exported program and its arguments, each argument an array of its own as callers give them."""
    file, inputs = directory / f"{name}.jax", directory / f"{name}.npz"
    file.write_bytes(export.export(jax.jit(function))(*arguments).serialize())
    np.savez(inputs, *jax.tree.leaves(arguments))
    return file, inputs


def speed(names, directory, seconds, rounds):
    print(f"{'program':<20}{'Bering':>12}{'JAX':>12}   JAX/Bering   GFLOP/s  compile")
    for name in names:
        function, arguments = PROGRAMS[name]()
        file, inputs = write(directory, name, function, arguments)
        ours, theirs = [], []
        with jax_process(name) as jax_seconds:
            for _ in range(rounds):
                ours.append(json.loads(bering("bench", file, "--input", inputs, "--json", "--seconds", seconds)))
                theirs.append(jax_seconds(seconds))
        ours.sort(key=lambda found: found["median_s"])
        found, peer = ours[rounds // 2], statistics.median(theirs)
        micros = lambda seconds: f"{seconds * 1e6:.1f} us"
        print(
            f"{name:<20}{micros(found['median_s']):>12}{micros(peer):>12}{peer / found['median_s']:>13.2f}"
            f"{found['gflop_per_s']:>10.1f}{found['compile_s'] * 1e3:>7.0f} ms",
            flush=True,
        )


def start(directory, rounds):
    """Wall time of a process from its start to its result on disk: with an empty compile cache, and with what that left."""
    print(f"\nprocess start to result on disk, cold and warm compile cache (medians of {rounds} and {3 * rounds})")
    for label, program in {
        "tiny": PROGRAMS["tiny"],
        "lstm": PROGRAMS["lstm"],
        "training step of 2 layers": lambda: training_step(2),
        "training step of 12 layers": lambda: training_step(12),
    }.items():
        file, inputs = write(directory, "step", *program())
        cold, warm = [], []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as cache:
                for times in (cold, warm, warm, warm):
                    begin = time.perf_counter()
                    bering("run", file, "--input", inputs, "--output", directory / "out.npz", cache=cache)
                    times.append(time.perf_counter() - begin)
        cold, warm = statistics.median(cold), statistics.median(warm)
        print(f"{label:<28} cold {cold:.3f} s, warm {warm:.3f} s, {cold / warm:.1f} times faster", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", choices=[*PROGRAMS, "start"])
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each side measures a program in a round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"jax {jax.__version__}, {os.cpu_count()} processors")
    names = [name for name in PROGRAMS if not options.only or name in options.only]
    with tempfile.TemporaryDirectory() as directory:
        if names:
            speed(names, pathlib.Path(directory), options.seconds, options.rounds)
        if not options.only or "start" in options.only:
            start(pathlib.Path(directory), options.rounds)


if __name__ == "__main__":
    main()
