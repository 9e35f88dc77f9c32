"""Starts the shop and the collector, puts the load on, and packs the recording."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zstandard

HERE = Path(__file__).resolve().parent
# In this order, since the catalogue's first instance makes the database of both.
SERVICES = [
    ("catalog", ["1"], 1),
    ("catalog", ["2"], 2),
    ("payments", [], 4),
    ("orders", [], 3),
    ("worker", [], None),
    ("gateway", [], 0),
]
COLLECTOR = 10


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once something listens on the port, and raise if nothing will."""
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End one process and wait for it, since it flushes its spans on the way out."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()


def record(folder: Path, port: int, load: list[str]) -> bytes:
    """Run everything once and return the bytes that the collector wrote."""
    # A bare environment: nothing of the caller's can get into a resource or a proxy.
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(HERE),
        "SHOP_DATA": str(folder),
        "SHOP_OTLP": f"http://127.0.0.1:{port + COLLECTOR}/v1/traces",
        "SHOP_PORT": str(port),
    }

    def spawn(*args: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, *args], cwd=folder, env=environment)

    out = folder / "shop.pbd"
    collector = spawn(str(HERE / "collector.py"), "--port", str(port + COLLECTOR), "--out", str(out))
    shop: list[subprocess.Popen[bytes]] = []
    try:
        wait_for(port + COLLECTOR, collector)
        for name, args, offset in SERVICES:
            shop.append(spawn("-m", f"shop.{name}", *args))
            if offset is not None:
                wait_for(port + offset, shop[-1])
        command = [sys.executable, str(HERE / "load.py"), "--port", str(port), *load]
        subprocess.run(command, cwd=folder, env=environment, check=True, timeout=120)
    finally:
        # Those that are asked end last, so the worker can finish its jobs first.
        for name in ("worker", "gateway", "orders", "payments", "catalog"):
            for process in [process for process, service in zip(shop, SERVICES, strict=False) if service[0] == name]:
                stop(process)
        stop(collector)
    return out.read_bytes()


def main() -> None:
    """Record once and write the compressed recording."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--port", type=int, default=18080)
    options, load = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="shop-") as folder:
        raw = record(Path(folder), options.port, load)
    # Eight megabytes of window is the most that every zstd decoder takes unasked.
    parameters = zstandard.ZstdCompressionParameters.from_level(22, window_log=23, write_checksum=True)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compress(raw)
    options.out.write_bytes(packed)
    print(f"recorded: {len(raw)} bytes, {len(packed)} compressed")


main()
