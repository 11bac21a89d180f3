"""JAX's side of the comparison: the same network, digits, order, dropout and optimizer, from what Bering's side wrote.

    peer.py DIRECTORY    reads exchange.safetensors, writes jax.json: losses, and seconds of the steps after the first epoch
"""

import json
import sys
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from safetensors.numpy import load_file
from safetensors import safe_open

directory = Path(sys.argv[1])
data = load_file(directory / "exchange.safetensors")
with safe_open(directory / "exchange.safetensors", "numpy") as file:
    settings = {key: json.loads(value) for key, value in file.metadata().items()}
images, labels, order = (data[f"0.{name}"] for name in ("images", "labels", "order"))
model = {key.removeprefix("1."): jnp.asarray(value) for key, value in data.items() if key.startswith("1.")}


def forward(model, x, key):
    for name in ("conv1", "conv2"):
        x = jax.lax.conv_general_dilated(x, model[f"{name}.weight"], (1, 1), "SAME",
                                         dimension_numbers=("NHWC", "HWIO", "NHWC")) + model[f"{name}.bias"]
        x = jax.lax.reduce_window(jax.nn.relu(x), -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    x = x.reshape(x.shape[0], -1)
    x = jax.nn.relu(x @ model["hidden.weight"].T + model["hidden.bias"])
    x = jnp.where(jax.random.bernoulli(key, 0.75, x.shape), x / 0.75, 0.0)
    return x @ model["output.weight"].T + model["output.bias"]


steps, rate = settings["steps"], settings["rate"]
schedule = optax.warmup_cosine_decay_schedule(0.0, rate, steps // 20, steps, rate / 100)
optimizer = optax.chain(
    optax.clip_by_global_norm(1.0),
    optax.adamw(schedule, weight_decay=1e-2, mask={key: value.ndim > 1 for key, value in model.items()}),
)


@jax.jit
def step(model, state, images, labels, count):
    key = jax.random.fold_in(jax.random.key(settings["seed"]), count)

    def loss(model):
        logits = forward(model, images, key)
        return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

    loss, gradients = jax.value_and_grad(loss)(model)
    updates, state = optimizer.update(gradients, state, model)
    return optax.apply_updates(model, updates), state, loss


step = jax.jit(step.__wrapped__, donate_argnums=(0, 1))
state, losses, pending = optimizer.init(model), [], None
for count, batch in enumerate(order):
    if count == settings["warm"]:
        start = time.perf_counter()
    batch = batch.astype(np.int64)
    model, state, loss = step(model, state, images[batch], labels[batch], jnp.int32(count))
    # One step behind, as the other side does it.
    if pending is not None:
        losses.append(float(pending))
    pending = loss
losses.append(float(pending))
seconds = time.perf_counter() - start
(directory / "jax.json").write_text(json.dumps({"losses": losses, "seconds": seconds}))
