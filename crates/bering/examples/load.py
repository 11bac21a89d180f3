"""Loads what `export.rs` wrote in JAX, runs it there, and compares with what Bering computed.

    pip install "jax==0.10.2" flatbuffers && python crates/bering/examples/load.py DIRECTORY
"""

import os
import pathlib
import sys

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"

import jax  # noqa: E402
import numpy as np  # noqa: E402
from jax import export  # noqa: E402
from jax.sharding import NamedSharding, PartitionSpec  # noqa: E402


def main():
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.jax"))
    for file in files:
        function = export.deserialize(bytearray(file.read_bytes()))
        arrays = np.load(file.with_suffix(".npz"))
        # Types that NumPy has not are void in the file; the function says what they are.
        inputs = [arrays[f"in{i}"].view(aval.dtype) for i, aval in enumerate(function.in_avals)]
        if function.nr_devices > 1:
            # A grid as the program's, so that JAX can say how results are split.
            copies = NamedSharding(jax.make_mesh((2, function.nr_devices // 2), ("i", "j")), PartitionSpec())
            inputs = [jax.device_put(array, copies) for array in inputs]
        results = jax.tree.leaves(jax.jit(function.call)(*inputs))
        worst = 0.0
        for i, (result, aval) in enumerate(zip(results, function.out_avals, strict=True)):
            expected = arrays[f"out{i}"].view(aval.dtype)
            assert result.shape == expected.shape and result.dtype == expected.dtype
            difference = np.abs(np.asarray(result, np.float64) - np.asarray(expected, np.float64))
            worst = max(worst, float(difference.max(initial=0.0)))
        assert worst < 1e-5, f"{file.name}: {worst}"
        types = ", ".join(str(aval) for aval in function.in_avals)
        print(f"{file.stem}({types}): {len(results)} results, largest difference {worst:.1e}")
    assert files, "no files"
    print(f"jax {jax.__version__} ran {len(files)} programs")


if __name__ == "__main__":
    main()
