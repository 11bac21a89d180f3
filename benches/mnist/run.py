"""Training the digits' network beside JAX: loss curves and samples a second. See README.md."""

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="python3", help="a Python with JAX, optax and safetensors")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--digits", type=int, default=6400)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--bering", default=ROOT / "target/release/examples/curve")
    options = parser.parse_args()
    rates = {"bering": [], "jax": []}
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        sides = {
            "bering": [options.bering, directory, str(options.digits), str(options.epochs)],
            "jax": [options.python, Path(__file__).with_name("peer.py"), directory],
        }
        for _ in range(options.rounds):
            for name, command in sides.items():
                subprocess.run(command, check=True, cwd=ROOT)
                result = json.loads((directory / f"{name}.json").read_text())
                rates[name].append(options.digits * (options.epochs - 1) / result["seconds"])
        losses = {name: json.loads((directory / f"{name}.json").read_text())["losses"] for name in sides}
    ours, theirs = (losses[name] for name in sides)
    print(f"{'step':>6} {'bering loss':>12} {'jax loss':>12}")
    for at in sorted({0, 1, 2, 5, 10, 20, 50, *range(0, len(ours), 50), len(ours) - 1}):
        print(f"{at:>6} {ours[at]:>12.6f} {theirs[at]:>12.6f}")
    tail = [statistics.mean(side[-50:]) for side in (ours, theirs)]
    print(f"mean of the last 50: {tail[0]:.5f} and {tail[1]:.5f}")
    for name, values in rates.items():
        print(f"{name:<7} {statistics.median(values):>8.0f} samples/s (all: {', '.join(f'{v:.0f}' for v in values)})")
    print(f"bering / jax: {statistics.median(rates['bering']) / statistics.median(rates['jax']):.2f}")


if __name__ == "__main__":
    main()
