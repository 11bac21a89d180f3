"""JAX's side of `run.py`: answers `CASE LEAVES CALLS` lines with the median time of a call in nanoseconds."""

import functools
import sys
import time

import jax
import jax.numpy as jnp

BATCHES = 15


@jax.jit
def total(tree):
    return functools.reduce(lambda x, y: x + y, tree)


def add_one(tree):
    return [leaf + 1.0 for leaf in tree]


plain = jax.jit(add_one)
donated = jax.jit(add_one, donate_argnums=0)


def measure(case, leaves, calls):
    tree = [jnp.ones(8, jnp.float32) for _ in range(leaves)]
    if case == "sum":
        call = lambda: total(tree)
    elif case == "map":
        call = lambda: plain(tree)[0]
    else:

        def call():
            nonlocal tree
            tree = donated(tree)
            return tree[0]

    times = []
    for _ in range(BATCHES):
        start = time.perf_counter()
        for _ in range(calls):
            result = call()
        result.block_until_ready()
        times.append((time.perf_counter() - start) * 1e9 / calls)
    return sorted(times)[BATCHES // 2]


for line in sys.stdin:
    case, leaves, calls = line.split()
    print(measure(case, int(leaves), int(calls)), flush=True)
