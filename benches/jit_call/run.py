"""What a call of a jitted function costs beside JAX: one table, medians. See README.md."""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from side import ROOT, Side  # noqa: E402

CASES = ("sum", "map", "donate")
LEAVES = {1: 2000, 10: 1000, 100: 200}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default="python3", help="a Python with JAX")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bering", default=ROOT / "target/release/examples/jit_call")
    options = parser.parse_args()
    sides = [Side([options.bering]), Side([options.python, Path(__file__).with_name("peer.py")])]
    times = {}
    # In turn, so that a change of the machine's speed meets both.
    for _ in range(options.rounds):
        for case in CASES:
            for leaves, calls in LEAVES.items():
                answers = [side.ask(case, leaves, calls) for side in sides]
                times.setdefault((case, leaves), []).append(answers)
    for side in sides:
        side.close()
    print(f"{'case':<8} {'leaves':>6} {'bering us':>10} {'jax us':>10} {'bering / jax':>13}")
    for (case, leaves), rounds in times.items():
        ours, jax = (statistics.median(column) / 1e3 for column in zip(*rounds))
        print(f"{case:<8} {leaves:>6} {ours:>10.2f} {jax:>10.2f} {ours / jax:>13.2f}")


if __name__ == "__main__":
    main()
