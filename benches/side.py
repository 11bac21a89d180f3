"""One side of a comparison, as a process that answers questions."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Side:
    """A program that answers one line with one number."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
