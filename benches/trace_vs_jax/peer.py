"""JAX's side of `run.py`: answers `CASE MEASURE REPEATS` lines with a median in microseconds.

`lower` is `jax.jit(f).lower(..)` of a function JAX has not seen, with the caches of its own library warm: what tracing a changed
program costs. `run` executes and waits. The programs are those of `crates/bering/examples/trace_vs_jax.rs`.
"""

import statistics
import sys
import time

import jax
import jax.numpy as jnp

LAYERS, BATCH, TOKENS, WIDTH, HEADS, STEPS = 12, 4, 128, 256, 8, 512


def norm(p, x):
    mean = x.mean(-1, keepdims=True)
    centered = x - mean
    return centered * jax.lax.rsqrt((centered * centered).mean(-1, keepdims=True) + 1e-5) * p["weight"] + p["bias"]


def dense(p, x):
    return x @ p["weight"].T + p["bias"]


def attention(q, k, v, mask):
    scores = jnp.einsum("bqhd,bkhd->bhqk", q / q.shape[-1] ** 0.5, k) + mask
    return jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores, -1), v)


def block(p, x, mask):
    normed = norm(p["attention_norm"], x)
    q, k, v = (dense(p[name], normed).reshape(BATCH, TOKENS, HEADS, WIDTH // HEADS) for name in "qkv")
    x = x + dense(p["o"], attention(q, k, v, mask).reshape(BATCH, TOKENS, WIDTH))
    return x + dense(p["down"], jax.nn.gelu(dense(p["up"], norm(p["mlp_norm"], x)), approximate=True))


def transformer(params, x):
    mask = jnp.where(jnp.tri(TOKENS, dtype=bool), 0.0, -1e9)
    for p in params:
        x = block(p, x, mask)
    return x


def chain(_, x):
    for _ in range(250):
        x = -jnp.tanh(x * 0.9 + 0.1)
    return x


def recurrence(params, xs):
    def step(state, x):
        state = jnp.tanh(x @ params["input"] + state @ params["hidden"] + params["bias"])
        return state, state

    return jax.lax.scan(step, jnp.zeros((16, 128), jnp.float32), xs)[1]


def linear(inputs, outputs):
    return {"weight": jax.ShapeDtypeStruct((outputs, inputs), jnp.float32), "bias": jax.ShapeDtypeStruct((outputs,), jnp.float32)}


def layer():
    scale = {name: jax.ShapeDtypeStruct((WIDTH,), jnp.float32) for name in ("weight", "bias")}
    return {**{name: linear(WIDTH, WIDTH) for name in ("q", "k", "v", "o")}, "up": linear(WIDTH, 4 * WIDTH),
            "down": linear(4 * WIDTH, WIDTH), "attention_norm": scale, "mlp_norm": scale}


SQUARE = jax.ShapeDtypeStruct((128, 128), jnp.float32)
CASES = {
    "transformer": (transformer, [layer() for _ in range(LAYERS)], (BATCH, TOKENS, WIDTH)),
    "chain": (chain, (), (65536,)),
    "scan": (recurrence, {"input": SQUARE, "hidden": SQUARE, "bias": jax.ShapeDtypeStruct((128,), jnp.float32)}, (STEPS, 16, 128)),
}


def lower(case, repeats):
    function, params, dims = CASES[case]
    x = jax.ShapeDtypeStruct(dims, jnp.float32)
    times = []
    for _ in range(repeats):
        fresh = jax.jit(lambda params, x: function(params, x))
        start = time.perf_counter()
        lowered = fresh.lower(params, x)
        times.append((time.perf_counter() - start) * 1e6)
        del lowered
    return statistics.median(times)


def run(case, repeats):
    function, params, dims = CASES[case]
    values = lambda spec: (jnp.arange(spec.size, dtype=jnp.float32) * 7 % 13 / 130 - 0.046).reshape(spec.shape)
    params = jax.tree.map(values, params)
    x = values(jax.ShapeDtypeStruct(dims, jnp.float32))
    compiled = jax.jit(function)
    times = []
    for _ in range(repeats + 3):
        start = time.perf_counter()
        compiled(params, x).block_until_ready()
        times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times[3:])


def main():
    jax.devices()
    for line in sys.stdin:
        case, measure, repeats = line.split()
        print((lower if measure == "lower" else run)(case, int(repeats)), flush=True)


if __name__ == "__main__":
    main()
