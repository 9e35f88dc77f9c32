"""Looks in recorded files for what would tell about the machine they were recorded on."""

from __future__ import annotations

import argparse
import getpass
import os
import socket
import sys
import sysconfig
from pathlib import Path
from urllib.parse import urlsplit

import zstandard


def secrets() -> set[str]:
    """Return the names and paths of this machine that must not be in a recording."""
    paths = {str(Path.home()), sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()}
    paths |= {str(parent) for parent in Path(__file__).resolve().parents if len(parent.parts) > 1}
    names = {socket.gethostname(), socket.getfqdn()} - {"", "localhost"}
    # Proxies and package mirrors are known by the URLs in the environment.
    hosts = {urlsplit(value).hostname for value in os.environ.values() if "://" in value}
    user = getpass.getuser()
    users = {f"/{user}/", f"{user}@"}
    # With its slash, a folder's name is no beginning of another word.
    folders = {path.rstrip("/") + "/" for path in paths}
    return folders | names | users | {host for host in hosts if host and host not in ("127.0.0.1", "localhost")}


def main() -> None:
    """Fail if any of the files holds any of the words."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--word", action="append", default=[], help="look for this one too")
    options = parser.parse_args()
    # Shorter words turn up in random ids by chance.
    words = {word for word in secrets() | set(options.word) | {"/home/", "/root/", "/tmp/", "/usr/"} if len(word) > 3}
    found = False
    for path in options.files:
        data = path.read_bytes()
        if path.suffix == ".zst":
            data = zstandard.ZstdDecompressor().decompress(data)
        for word in sorted(words):
            if word.encode().lower() in data.lower():
                print(f"{path.name} holds {word!r}")
                found = True
    if found:
        sys.exit(1)
    print(f"leaks: none of {len(words)} words in {len(options.files)} files")


main()
