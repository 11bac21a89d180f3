"""The programs that are measured: each a function of JAX and its arguments."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

RNG = np.random.default_rng(0)


def normal(*shape, scale=1.0):
    return (RNG.standard_normal(shape) * scale).astype(np.float32)


def norm(x):
    return (x - x.mean(-1, keepdims=True)) * lax.rsqrt(x.var(-1, keepdims=True) + 1e-5)


# --- Transformers ----------------------------------------------------------------------------------------------------


def transformer(layers, width, tokens):
    """Forward pass; the layers are written out one after the other."""

    def run(x, *weights):
        for qkv, up, down in zip(weights[::3], weights[1::3], weights[2::3]):
            q, k, v = jnp.split((norm(x) @ qkv).reshape(*x.shape[:2], 4, -1), 3, -1)
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
    """Loss and gradients."""
    forward, arguments = transformer(layers, 64, 32)
    loss = lambda *a: jnp.square(forward(*a)).mean()
    return jax.value_and_grad(loss, argnums=tuple(range(1, len(arguments)))), arguments


def adam_step():
    """Loss, gradients and AdamW's update of everything, parameters and state flattened."""
    forward, (x, *weights) = transformer(3, 128, 64)
    optimizer = optax.adamw(1e-3)
    state, tree = jax.tree.flatten(optimizer.init(weights))

    def run(weights, state, x):
        loss, gradients = jax.value_and_grad(lambda w: jnp.square(forward(x, *w)).mean())(weights)
        updates, new = optimizer.update(gradients, jax.tree.unflatten(tree, state), weights)
        return optax.apply_updates(weights, updates), jax.tree.leaves(new), loss

    return run, [weights, [np.asarray(leaf) for leaf in state], x]


def gpt_decode():
    """One token of one sequence, with a cache of keys and values, greedy."""
    layers, width, length, words = 6, 256, 256, 4096

    def run(embed, weights, cache, token, position):
        x, new = embed[token], []
        for (qkv, out, up, down), (keys, values) in zip(weights, cache):
            q, k, v = (part.reshape(1, 1, 8, -1) for part in jnp.split(norm(x) @ qkv, 3, -1))
            keys = lax.dynamic_update_slice(keys, k, (0, position, 0, 0))
            values = lax.dynamic_update_slice(values, v, (0, position, 0, 0))
            scores = jnp.einsum("bqhd,bkhd->bhqk", q, keys) * q.shape[-1] ** -0.5
            scores = jax.nn.softmax(jnp.where(jnp.arange(length) <= position, scores, -1e30))
            x = x + jnp.einsum("bhqk,bkhd->bqhd", scores, values).reshape(1, width) @ out
            x = x + jax.nn.gelu(norm(x) @ up) @ down
            new.append((keys, values))
        return jnp.argmax(norm(x) @ embed.T, -1), new

    shapes = (width, 3 * width), (width, width), (width, 4 * width), (4 * width, width)
    weights = [tuple(normal(*shape, scale=width**-0.5) for shape in shapes) for _ in range(layers)]
    cache = [(normal(1, length, 8, width // 8), normal(1, length, 8, width // 8)) for _ in range(layers)]
    return run, [normal(words, width), weights, cache, np.array([3], np.int32), np.int32(100)]


def blockwise_attention():
    """Attention in blocks of keys with a running maximum, as a loop."""
    block = 128

    def run(q, k, v):
        def step(index, state):
            highest, total, out = state
            keys, values = (lax.dynamic_slice_in_dim(x, index * block, block, 1) for x in (k, v))
            scores = jnp.einsum("hqd,hkd->hqk", q, keys) * q.shape[-1] ** -0.5
            new = jnp.maximum(highest, scores.max(-1))
            weights, old = jnp.exp(scores - new[..., None]), jnp.exp(highest - new)
            return new, total * old + weights.sum(-1), out * old[..., None] + jnp.einsum("hqk,hkd->hqd", weights, values)

        rows = q.shape[:2]
        start = jnp.full(rows, -jnp.inf), jnp.zeros(rows), jnp.zeros_like(q)
        _, total, out = lax.fori_loop(0, k.shape[1] // block, step, start)
        return out / total[..., None]

    return run, [normal(8, 512, 64) for _ in range(3)]


# --- Recurrent -------------------------------------------------------------------------------------------------------


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


def gru():
    """Both directions, one sequence, masked by its length."""

    def run(xs, length, *weights):
        live = jnp.arange(xs.shape[0]) < length

        def direction(wx, wh, reverse):
            def step(h, row):
                x, on = row
                (xr, xz, xn), (hr, hz, hn) = jnp.split(x @ wx, 3, -1), jnp.split(h @ wh, 3, -1)
                z = jax.nn.sigmoid(xz + hz)
                new = (1 - z) * jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn) + z * h
                h = jnp.where(on, new, h)
                return h, h

            return lax.scan(step, jnp.zeros((xs.shape[1], 64)), (xs, live), reverse=reverse)[1]

        return jnp.concatenate([direction(*weights[:2], False), direction(*weights[2:], True)], -1)

    return run, [normal(200, 1, 64), np.int32(150), *(normal(64, 192, scale=0.1) for _ in range(4))]


def state_space():
    """A selective scan, as an associative one."""

    def run(x, delta, a, b, c):
        decay = jnp.exp(jax.nn.softplus(delta)[..., None] * -jnp.exp(a))
        inputs = (jax.nn.softplus(delta) * x)[..., None] * b[:, :, None]
        combine = lambda x, y: (x[0] * y[0], y[0] * x[1] + y[1])
        _, states = lax.associative_scan(combine, (decay, inputs), axis=1)
        return jnp.einsum("blds,bls->bld", states, c)

    return run, [normal(2, 256, 64), normal(2, 256, 64), normal(64, 8), normal(2, 256, 8), normal(2, 256, 8)]


# --- Convolution -----------------------------------------------------------------------------------------------------

NHWC = ("NHWC", "HWIO", "NHWC")


def cnn():
    def run(x, *kernels):
        for kernel in kernels:
            x = jax.nn.relu(lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=NHWC))
            x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        return x.mean((1, 2))

    return run, [normal(8, 64, 64, 3), normal(3, 3, 3, 32, scale=0.2), normal(3, 3, 32, 64, scale=0.1), normal(3, 3, 64, 64, scale=0.1)]


def convnext():
    """Two blocks: depthwise 7x7, normalisation, two products."""

    def run(x, *weights):
        for depthwise, up, down in (weights[:3], weights[3:]):
            y = lax.conv_general_dilated(x, depthwise, (1, 1), "SAME", feature_group_count=64, dimension_numbers=NHWC)
            x = x + jax.nn.gelu(norm(y) @ up) @ down
        return x

    block = lambda: [normal(7, 7, 1, 64, scale=0.1), normal(64, 256, scale=0.1), normal(256, 64, scale=0.1)]
    return run, [normal(2, 28, 28, 64), *block(), *block()]


def resnet_step():
    """Loss, gradients and new running statistics of two residual convolutions with batch normalisation."""

    def run(kernels, x, target):
        def loss(kernels):
            h, statistics = x, []
            for kernel in kernels:
                y = lax.conv_general_dilated(h, kernel, (1, 1), "SAME", dimension_numbers=NHWC)
                mean, var = y.mean((0, 1, 2)), y.var((0, 1, 2))
                statistics.append((mean, var))
                h = jax.nn.relu(h + (y - mean) * lax.rsqrt(var + 1e-5))
            return jnp.square(h.mean((1, 2)) - target).mean(), statistics

        return jax.value_and_grad(loss, has_aux=True)(kernels)

    return run, [[normal(3, 3, 32, 32, scale=0.1) for _ in range(2)], normal(4, 32, 32, 32), normal(4, 32)]


# --- Everything else -------------------------------------------------------------------------------------------------


def sampling():
    """A loop that splits keys and draws from a distribution that the last draw changes."""

    def run(seed, logits):
        def step(state, key):
            drawn = jax.random.categorical(key, logits + state)
            return 0.9 * state + jax.nn.one_hot(drawn, logits.shape[-1]).sum(0), drawn

        return lax.scan(step, jnp.zeros(logits.shape[-1]), jax.random.split(jax.random.key(seed), 64))

    return run, [np.uint32(1), normal(8, 512)]


def mixture():
    """Experts by top-k routing: sorting, gather and scatter-add around products."""

    def run(x, gate, up, down):
        weights, chosen = lax.top_k(jax.nn.softmax(x @ gate), 2)
        expert = chosen.reshape(-1)
        order = jnp.argsort(expert)
        token, expert = order // 2, expert[order]
        place = jnp.arange(expert.size) - jnp.searchsorted(expert, expert)
        slots = jnp.zeros((8, 256, x.shape[-1])).at[expert, place].set(x[token], mode="drop")
        made = jnp.einsum("ech,ehd->ecd", jax.nn.silu(jnp.einsum("ecd,edh->ech", slots, up)), down)
        back = made.at[expert, place].get(mode="fill", fill_value=0) * weights.reshape(-1)[order][:, None]
        return jnp.zeros_like(x).at[token].add(back)

    return run, [normal(512, 64), normal(64, 8), normal(8, 64, 128, scale=0.1), normal(8, 128, 64, scale=0.1)]


def indexing():
    """Rows gathered from a table, and added back into it."""

    def run(table, rows, values):
        return table.at[rows].add(values + table[rows] * 0.1), jax.ops.segment_sum(values, rows % 64, num_segments=64)

    return run, [normal(4096, 64), RNG.integers(0, 4096, 2048).astype(np.int32), normal(2048, 64)]


def spectral():
    """A Fourier neural operator's layer: 2-D transform, products of low modes, back."""

    def run(x, weights):
        modes = jnp.fft.rfft2(x, axes=(1, 2))
        low = jnp.einsum("bxyi,xyio->bxyo", modes[:, :12, :12], lax.complex(weights[0], weights[1]))
        return jax.nn.gelu(jnp.fft.irfft2(jnp.zeros_like(modes).at[:, :12, :12].set(low), axes=(1, 2)))

    return run, [normal(4, 64, 64, 16), normal(2, 12, 12, 16, 16)]


def int8_matmul():
    def run(x, y):
        return lax.dot_general(x, y, (((1,), (0,)), ((), ())), preferred_element_type=jnp.int32)

    return run, [RNG.integers(-9, 9, (256, 512), dtype=np.int8), RNG.integers(-9, 9, (512, 512), dtype=np.int8)]


PROGRAMS = {
    "tiny": lambda: (lambda x: x * 2 + 1, [normal(4)]),
    "transformer": lambda: transformer(4, 256, 128),
    "training_step": lambda: training_step(3),
    "adam_step": adam_step,
    "gpt_decode": gpt_decode,
    "blockwise_attention": blockwise_attention,
    "lstm": lstm,
    "gru": gru,
    "state_space": state_space,
    "cnn": cnn,
    "convnext": convnext,
    "resnet_step": resnet_step,
    "fft": lambda: (lambda x: jnp.abs(jnp.fft.rfft(x)), [normal(64, 8192)]),
    "spectral": spectral,
    "sort": lambda: (lambda x: (jnp.sort(x), lax.top_k(x, 16)), [normal(64, 4096)]),
    "argsort": lambda: (lambda x: (jnp.argsort(x), jnp.median(x, 0)), [normal(256, 1024)]),
    "mixture": mixture,
    "indexing": indexing,
    "random": lambda: (lambda seed: jax.random.normal(jax.random.key(seed), (1 << 20,)), [np.uint32(1)]),
    "sampling": sampling,
    "newton": lambda: (lambda x: lax.fori_loop(0, 200, lambda _, s: (s + x / s) / 2, x), [np.abs(normal(1024)) + 1]),
    "elementwise": lambda: (lambda x, y: jnp.tanh(x) * y + jnp.exp(-x * x), [normal(2048, 2048), normal(2048, 2048)]),
    "reduce": lambda: (lambda x: (x.sum(), x.max(0), jax.nn.logsumexp(x, -1)), [normal(2048, 2048)]),
    "matmul": lambda: (lambda x, y: x @ y, [normal(1024, 1024), normal(1024, 1024)]),
    "bf16_matmul": lambda: (lambda x, y: x @ y, [normal(512, 512).astype(jnp.bfloat16), normal(512, 512).astype(jnp.bfloat16)]),
    "int8_matmul": int8_matmul,
}
