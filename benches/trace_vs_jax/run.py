"""Tracing, lowering and executing beside JAX: one table, medians. See README.md."""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from side import ROOT, Side  # noqa: E402

CASES = {"transformer": (15, 15), "chain": (15, 50), "scan": (15, 30)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="python3", help="a Python with JAX")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bering", default=ROOT / "target/release/examples/trace_vs_jax")
    options = parser.parse_args()
    sides = [Side([options.bering]), Side([options.python, Path(__file__).with_name("peer.py")])]
    times = {}
    # In turn, so that a change of the machine's speed meets both.
    for _ in range(options.rounds):
        for case, repeats in CASES.items():
            for measure, count in zip(("lower", "run"), repeats):
                answers = [side.ask(case, measure, count) for side in sides]
                times.setdefault((case, measure), []).append(answers)
    for side in sides:
        side.close()
    print(f"{'case':<12} {'measure':<8} {'bering us':>12} {'jax us':>12} {'bering / jax':>13}")
    for (case, measure), rounds in times.items():
        ours, jax = (statistics.median(column) for column in zip(*rounds))
        print(f"{case:<12} {measure:<8} {ours:>12.0f} {jax:>12.0f} {ours / jax:>13.2f}")


if __name__ == "__main__":
    main()
