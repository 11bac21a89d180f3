"""Runs JAX on the plugin: a PJRT client that was not written for it.

Not part of `cargo test`, as it needs Python:

    python -m venv jax && jax/bin/pip install jax
    cargo build -p bering-pjrt-cpu
    jax/bin/python crates/pjrt-cpu/tests/jax_client.py PATH/libpjrt_cpu.so

Every check compares with NumPy and prints one line; the exit code says whether all passed. Written with JAX 0.10.2.
"""

import os
import sys
import tempfile
import time
import traceback

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["JAX_PLATFORMS"] = "bering"

import numpy as np
import jax
import jax.numpy as jnp
from jax._src import xla_bridge

DEVICES = 4
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


@check
def platform():
    devices = jax.devices()
    assert len(devices) == DEVICES, devices
    assert xla_bridge.get_backend().platform_version, "no version"
    return f"{len(devices)} devices, platform {devices[0].platform!r}"


@check
def matmul():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((300, 200), np.float32), rng.standard_normal((200, 100), np.float32)
    np.testing.assert_allclose(jnp.asarray(a) @ jnp.asarray(b), a @ b, rtol=1e-4, atol=1e-4)


@check
def jit_and_control_flow():
    @jax.jit
    def power(x, n):
        return jax.lax.fori_loop(0, n, lambda _, y: y * x, jnp.ones_like(x))

    np.testing.assert_allclose(power(jnp.arange(4.0), 3), np.arange(4.0) ** 3)
    np.testing.assert_allclose(jax.lax.cond(True, lambda x: x + 1, lambda x: x - 1, 1.0), 2.0)
    carry, ys = jax.lax.scan(lambda c, x: (c + x, c), 0.0, jnp.arange(5.0))
    np.testing.assert_allclose(carry, 10.0)
    np.testing.assert_allclose(ys, [0, 0, 1, 3, 6])


@check
def grad():
    f = lambda w, x: jnp.sum(jnp.tanh(x @ w) ** 2)
    w, x = np.full((3, 2), 0.1, np.float32), np.arange(12, dtype=np.float32).reshape(4, 3) / 10
    gradient = np.asarray(jax.jit(jax.grad(f))(w, x))
    numeric = np.zeros_like(w)
    for index in np.ndindex(*w.shape):
        up, down = w.copy(), w.copy()
        up[index] += 1e-2
        down[index] -= 1e-2
        numeric[index] = (np.sum(np.tanh(x @ up) ** 2) - np.sum(np.tanh(x @ down) ** 2)) / 2e-2
    np.testing.assert_allclose(gradient, numeric, rtol=1e-2, atol=1e-3)


@check
def dtypes():
    for dtype in ["int8", "uint8", "int16", "int32", "uint32", "float16", "bfloat16", "float32", "bool", "complex64"]:
        x = jnp.asarray([0, 1, 1], dtype)
        assert x.dtype == dtype, (x.dtype, dtype)
        np.testing.assert_array_equal(np.asarray(x + x if dtype != "bool" else x | x).astype("complex64").real,
                                      [0, 1, 1] if dtype == "bool" else [0, 2, 2])
    x = jnp.arange(-8, 8, dtype=jnp.int4)
    np.testing.assert_array_equal(np.asarray(x).astype(int), np.arange(-8, 8))


@check
def random_sort_gather():
    x = jax.random.normal(jax.random.key(0), (1000,))
    assert abs(float(x.mean())) < 0.2
    np.testing.assert_array_equal(jnp.sort(x), np.sort(np.asarray(x)))
    np.testing.assert_array_equal(x[jnp.array([3, 1])], np.asarray(x)[[3, 1]])


@check
def linear_algebra():
    a = np.array([[4.0, 1.0], [1.0, 3.0]], np.float32)
    np.testing.assert_allclose(jnp.einsum("ij,jk->ik", a, a), a @ a, rtol=1e-5)
    np.testing.assert_allclose(jax.nn.softmax(jnp.asarray(a)).sum(-1), [1, 1], rtol=1e-5)


@check
def convolution():
    x, k = np.ones((1, 1, 8, 8), np.float32), np.ones((1, 1, 3, 3), np.float32)
    y = jax.lax.conv(x, k, (1, 1), "VALID")
    np.testing.assert_allclose(y, np.full((1, 1, 6, 6), 9.0))


@check
def donation():
    f = jax.jit(lambda x: x + 1, donate_argnums=0)
    x = jnp.zeros(1 << 16)
    x = f(x)
    before = x.unsafe_buffer_pointer()
    y = f(x)
    assert x.is_deleted()
    assert y.unsafe_buffer_pointer() == before, "the memory was not reused"
    try:
        f(x)
    except (RuntimeError, ValueError) as error:
        return str(error).splitlines()[0]
    raise AssertionError("a donated array was accepted")


@check
def sharding():
    from jax.sharding import Mesh, NamedSharding, PartitionSpec as P

    mesh = Mesh(np.array(jax.devices()).reshape(2, 2), ("x", "y"))
    a = np.arange(64, dtype=np.float32).reshape(8, 8)
    sharded = jax.device_put(a, NamedSharding(mesh, P("x", "y")))
    assert len(sharded.addressable_shards) == 4
    result = jax.jit(lambda a: a @ a.T)(sharded)
    np.testing.assert_allclose(result, a @ a.T)
    total = jax.jit(jnp.sum)(sharded)
    np.testing.assert_allclose(total, a.sum())


@check
def collectives():
    from jax.sharding import Mesh, PartitionSpec as P

    mesh = Mesh(np.array(jax.devices()), ("i",))
    f = jax.shard_map(lambda x: jax.lax.psum(x, "i"), mesh=mesh, in_specs=P("i"), out_specs=P())
    np.testing.assert_allclose(f(jnp.arange(8.0)), np.arange(8.0).reshape(4, 2).sum(0))
    g = jax.shard_map(lambda x: jax.lax.ppermute(x, "i", [(0, 1), (1, 2), (2, 3), (3, 0)]), mesh=mesh,
                      in_specs=P("i"), out_specs=P("i"))
    np.testing.assert_allclose(g(jnp.arange(4.0)), [3, 0, 1, 2])


@check
def async_dispatch():
    f = jax.jit(lambda x: jax.lax.fori_loop(0, 40, lambda _, y: y @ x, x))
    x = jnp.eye(600)
    f(x).block_until_ready()
    start = time.perf_counter()
    y = f(x)
    dispatched = time.perf_counter() - start
    y.block_until_ready()
    total = time.perf_counter() - start
    np.testing.assert_allclose(y, np.eye(600))
    return f"dispatched after {dispatched * 1e3:.2f} ms of {total * 1e3:.2f} ms"


@check
def ahead_of_time():
    lowered = jax.jit(lambda x: jnp.sin(x) * 2).lower(jnp.zeros(16))
    compiled = lowered.compile()
    np.testing.assert_allclose(compiled(jnp.ones(16)), np.sin(np.ones(16)) * 2, rtol=1e-6)
    assert compiled.cost_analysis()["flops"] > 0
    assert compiled.memory_analysis().argument_size_in_bytes == 64
    assert "sine" in compiled.as_text()


@check
def serialization():
    from jax.experimental.serialize_executable import serialize, deserialize_and_load

    compiled = jax.jit(lambda x: x * 3).lower(jnp.zeros(4)).compile()
    blob, inputs, outputs = serialize(compiled)
    loaded = deserialize_and_load(blob, inputs, outputs, execution_devices=jax.devices()[:1])
    np.testing.assert_allclose(loaded(jnp.arange(4.0)), [0, 3, 6, 9])
    return f"{len(blob)} bytes"


@check
def layouts():
    from jax.experimental.layout import Format, Layout
    from jax.sharding import SingleDeviceSharding

    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    x = jax.device_put(a, Format(Layout(major_to_minor=(1, 0)), SingleDeviceSharding(jax.devices()[0])))
    assert x.format.layout.major_to_minor == (1, 0), x.format
    np.testing.assert_array_equal(x, a)


@check
def copies_between_devices():
    x = jax.device_put(np.arange(5), jax.devices()[3])
    y = jax.device_put(x, jax.devices()[1])
    assert y.devices() == {jax.devices()[1]}
    np.testing.assert_array_equal(y, np.arange(5))


@check
def memory_statistics():
    keep = jnp.ones(1 << 20)
    keep.block_until_ready()
    stats = jax.devices()[0].memory_stats()
    assert stats["bytes_in_use"] >= keep.nbytes, stats
    return f"{stats['bytes_in_use']} bytes in use"


@check
def profile():
    with tempfile.TemporaryDirectory() as directory:
        with jax.profiler.trace(directory):
            jax.jit(lambda x: jnp.cos(x) @ x)(jnp.ones((256, 256))).block_until_ready()
        files = [os.path.join(root, name) for root, _, names in os.walk(directory) for name in names]
        assert any(name.endswith("xplane.pb") for name in files), files


@check
def errors_are_exceptions():
    try:
        jax.jit(lambda x: jax.ffi.ffi_call("bering_no_such_target", jax.ShapeDtypeStruct((2,), jnp.float32))(x))(
            jnp.ones(2)).block_until_ready()
    except Exception as error:
        return type(error).__name__
    raise AssertionError("an unknown custom call was accepted")


def main():
    library = sys.argv[1]
    xla_bridge.register_plugin("bering", library_path=library, options={"cpu_device_count": DEVICES})
    failed = 0
    for function in CHECKS:
        try:
            note = function()
            print(f"ok    {function.__name__}" + (f": {note}" if note else ""), flush=True)
        except Exception:
            failed += 1
            print(f"FAIL  {function.__name__}\n{traceback.format_exc(limit=-4)}", flush=True)
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} passed (JAX {jax.__version__})")
    sys.exit(failed != 0)


main()
