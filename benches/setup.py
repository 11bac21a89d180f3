#!/usr/bin/env python3
"""What `cargo xtask setup` costs beside a plain download and unpacking of the same files.

    cargo xtask bundle create BUNDLE
    python3 benches/setup.py BUNDLE [--rounds 3]

Both take the files of BUNDLE from one static server on the loopback interface, so that neither the network nor its caches decide.
The plain way is what a script would do: fetch each file with curl, four at a time, and unpack all of it with unzip or dpkg-deb. It checks
no hash, keeps everything (set-up keeps what the lock's rules name and reduces libraries), and flushes nothing. Needs curl, unzip,
dpkg-deb. Prints the median of each and their ratio, and the median of a warm set-up.
"""

import argparse
import functools
import http.server
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def serve(directory):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=directory)
    handler.log_message = lambda *_: None
    http.server.SimpleHTTPRequestHandler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def artifacts(bundle):
    """The files of the lock that the bundle has, with their names."""
    lock = tomllib.loads((ROOT / "third_party.lock").read_text())
    found = {entry["sha256"]: entry["file"] for entry in lock["artifact"]}
    there = {path.name for path in (bundle / "sha256").iterdir()}
    return {digest: file for digest, file in found.items() if digest in there}


def plain(url, files, work):
    def fetch_and_unpack(item):
        digest, file = item
        archive, place = work / file, work / (file + ".d")
        subprocess.run(["curl", "-sfo", archive, f"{url}/sha256/{digest}"], check=True)
        if file.endswith(".deb"):
            subprocess.run(["dpkg-deb", "-x", archive, place], check=True)
        else:
            subprocess.run(["unzip", "-q", archive, "-d", place], check=True)
        archive.unlink()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fetch_and_unpack, files.items()))


def set_up(xtask, url, work):
    """Set-up of a checkout that has nothing but the lock."""
    checkout = work / "checkout"
    checkout.mkdir(exist_ok=True)
    shutil.copy(ROOT / "third_party.lock", checkout)
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "BERING_CACHE": str(work / "store")}
    command = [xtask, "setup", "--bundle", url]
    subprocess.run(command, cwd=checkout, env=environment, check=True, stderr=subprocess.DEVNULL)


def timed(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", help="a directory on the disk to measure")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "-q", "--profile", "xtask", "-p", "xtask"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    url, files = serve(arguments.bundle), artifacts(arguments.bundle)
    times = {"plain": [], "setup": [], "warm": []}
    for _ in range(arguments.rounds):
        for name in ("plain", "setup"):
            os.sync()
            with tempfile.TemporaryDirectory(dir=arguments.work) as work:
                work = Path(work)
                if name == "plain":
                    times[name].append(timed(lambda: plain(url, files, work)))
                    continue
                run = functools.partial(set_up, target / "xtask/xtask", url, work)
                times[name].append(timed(run))
                times["warm"] += [timed(run) for _ in range(5)]
    medians = {name: statistics.median(values) for name, values in times.items()}
    size = sum((arguments.bundle / "sha256" / digest).stat().st_size for digest in files)
    print(f"{len(files)} files, {size / 1e6:.0f} MB, {arguments.rounds} rounds")
    print(f"plain download and unpack  {medians['plain']:6.2f} s")
    print(f"cargo xtask setup, cold    {medians['setup']:6.2f} s   ratio {medians['setup'] / medians['plain']:.2f}")
    print(f"cargo xtask setup, warm    {medians['warm'] * 1e3:6.1f} ms")


if __name__ == "__main__":
    main()
