"""A tiny OTLP/HTTP collector that writes down what it is sent.

Each export request is appended, byte for byte, after its length as a varint, which is the
usual delimited form of protobuf messages. Only the transport's compression is undone.
"""

from __future__ import annotations

import argparse
import gzip
import signal
import threading
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

Unpack = Callable[[bytes], bytes]
UNPACK: dict[str, Unpack] = {"": bytes, "gzip": gzip.decompress, "deflate": zlib.decompress}


def varint(number: int) -> bytes:
    """Encode a length as protobuf does: seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def collect(port: int, out: BinaryIO) -> None:
    """Serve POST /v1/traces until SIGTERM."""
    lock = threading.Lock()

    class Wire(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = UNPACK.get(self.headers.get("Content-Encoding", ""))
            good = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
            if good and unpack:
                message = unpack(body)
                with lock:
                    out.write(varint(len(message)) + message)
            # An empty body is the encoding of an empty ExportTraceServiceResponse.
            self.send_response(200 if good and unpack else 415)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the terminal quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Wire)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)


def main() -> None:
    """Read the command line and collect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with options.out.open("wb") as out:
        collect(options.port, out)


main()
