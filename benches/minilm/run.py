#!/usr/bin/env python3
"""Sentence embeddings beside other runtimes: throughput, and time from process start to the first embedding.

    cargo build --release -p minilm --bins --examples
    python3 benches/minilm/run.py --venv DIR            (makes DIR and installs the peers into it, if it is not there)

Everyone computes the same: all-MiniLM-L6-v2 in f32 on the same token numbers, mean pooling, unit length, with the same number of
threads. Every peer is a process that stays and answers requests, one at a time; rounds go from peer to peer, so that what else the
machine does meets all of them. The table has the median of the rounds, in sentences a second.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHAPES = [(1, 16), (32, 64), (32, 256)]
PACKAGES = ["numpy", "onnx", "onnxruntime", "onnxscript", "tokenizers", "torch", "transformers"]
SENTENCE = "A man is playing guitar in the park."


def make_venv(directory: pathlib.Path) -> pathlib.Path:
    python = directory / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", directory], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


class Peer:
    """A process that answers `ROWS TOKENS SECONDS` with sentences a second."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def ask(self, rows, tokens, seconds):
        self.process.stdin.write(f"{rows} {tokens} {seconds}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args} ended")
        return float(answer)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def throughput_commands(arguments, python, work):
    model, threads = str(arguments.model), str(arguments.threads)
    commands = {"Bering": [ROOT / "target/release/examples/throughput", model, threads]}
    peer = HERE / "peer.py"
    if python:
        commands["ONNX Runtime, fused"] = [python, peer, "onnx", work / "fused.onnx", threads]
        commands["PyTorch, compiled"] = [python, peer, "compiled", model, threads]
        commands["PyTorch"] = [python, peer, "torch", model, threads]
    candle = HERE / "candle/target/release/peer"
    if candle.exists():
        commands["candle"] = [candle, "serve", model, threads]
    return {name: [str(part) for part in command] for name, command in commands.items() if name in arguments.peers or not arguments.peers}


def start_commands(arguments, python, work):
    model, threads = str(arguments.model), str(arguments.threads)
    text = work / "sentence.txt"
    text.write_text(SENTENCE + "\n")
    commands = {"Bering": [ROOT / "target/release/minilm", "embed", text, "--model", model, "--threads", threads]}
    if python:
        commands["ONNX Runtime, fused"] = [python, HERE / "peer.py", "first", work / "fused.onnx", threads, model, SENTENCE]
        commands["PyTorch"] = [python, HERE / "peer.py", "first-torch", model, threads, model, SENTENCE]
    candle = HERE / "candle/target/release/peer"
    if candle.exists():
        commands["candle"] = [candle, "first", model, threads, SENTENCE]
    return {name: [str(part) for part in command] for name, command in commands.items() if name in arguments.peers or not arguments.peers}


def measure_throughput(arguments, commands):
    peers = {name: Peer(command) for name, command in commands.items()}
    results = {name: [] for name in peers}
    for rows, tokens in SHAPES:
        rounds = {name: [] for name in peers}
        for peer in peers.values():
            peer.ask(rows, tokens, 0.1)  # compiles and warms up
        for _ in range(arguments.rounds):
            for name, peer in peers.items():
                rounds[name].append(peer.ask(rows, tokens, arguments.seconds))
        for name, values in rounds.items():
            results[name].append(statistics.median(values))
    for peer in peers.values():
        peer.stop()
    return results


def measure_start(arguments, commands):
    """Seconds until the first byte of the result; the first run fills caches and is not counted."""
    times = {name: [] for name in commands}
    for round_ in range(arguments.rounds + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if not process.stdout.read(1):
                raise SystemExit(f"{name} wrote nothing")
            elapsed = time.perf_counter() - start
            process.stdout.read()
            process.wait()
            if round_:
                times[name].append(elapsed)
    return {name: statistics.median(values) for name, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=pathlib.Path, help="virtual environment with the Python peers; without it they are left out")
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / ".bering/models/minilm")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement")
    parser.add_argument("--peers", action="append", default=[], help="only these, by their names in the table")
    parser.add_argument("--only", choices=["throughput", "start"])
    arguments = parser.parse_args()
    arguments.model = arguments.model.resolve()
    python = make_venv(arguments.venv.absolute()) if arguments.venv else None
    work = pathlib.Path(tempfile.mkdtemp(prefix="minilm-bench-"))
    try:
        if python:
            subprocess.run([python, HERE / "peer.py", "export", arguments.model, work / "fused.onnx"], check=True, stderr=subprocess.DEVNULL)
        if arguments.only != "start":
            results = measure_throughput(arguments, throughput_commands(arguments, python, work))
            print("| sentences/s | " + " | ".join(f"{rows} x {tokens}" for rows, tokens in SHAPES) + " |")
            print("|---|" + "---|" * len(SHAPES))
            for name, values in results.items():
                print(f"| {name} | " + " | ".join(f"{value:.1f}" for value in values) + " |")
            best = [max((values[i] for name, values in results.items() if name != "Bering"), default=None) for i in range(len(SHAPES))]
            if "Bering" in results and all(best):
                print("| Bering / best peer | " + " | ".join(f"{own / peer:.2f}" for own, peer in zip(results["Bering"], best)) + " |")
            print()
        if arguments.only != "throughput":
            print("| | start to first embedding, s |\n|---|---|")
            for name, seconds in measure_start(arguments, start_commands(arguments, python, work)).items():
                print(f"| {name} | {seconds:.3f} |")
        print(f"\n{arguments.threads} threads, median of {arguments.rounds} rounds; load average {os.getloadavg()[0]:.1f}")
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
