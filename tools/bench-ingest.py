"""Times `blockpack ingest`: bench-ingest.py BLOCKPACK SPANS.pbd

Wall time is the least of three runs; memory is the largest resident size of any.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(command: list[str]) -> tuple[float, int]:
    """Seconds, and the largest resident size in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def main(blockpack: str, spans: str) -> None:
    megabytes = Path(spans).stat().st_size / 1e6
    print(f"{'':22}{'seconds':>8}{'spans/s':>12}{'MB/s':>7}{'bytes/span':>12}{'memory':>9}")
    with tempfile.TemporaryDirectory() as folder:
        target = f"{folder}/spans.bpk"
        for profile, threads in (("hot", 1), ("hot", 2), ("archive", 1), ("archive", 2)):
            command = [blockpack, "ingest", spans, "-o", target, "-f", "-p", profile, "-t", str(threads)]
            runs = [run(command) for _ in range(3)]
            seconds, memory = min(runs)[0], max(memory for _, memory in runs)
            file = json.loads(subprocess.check_output([blockpack, "inspect", "--json", target]))
            print(
                f"{profile + f', {threads} threads':22}{seconds:8.2f}{file['spans'] / seconds:12,.0f}"
                f"{megabytes / seconds:7.0f}{file['bytes'] / file['spans']:12.1f}{memory / 1e6:6.0f} MB"
            )


main(*sys.argv[1:])
