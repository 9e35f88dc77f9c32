"""What the library holds, for tests and the curious."""

from __future__ import annotations

from ._arrow import sweep
from ._library import lib


def live_handles() -> int:
    """Objects of the library that are alive, Arrow streams and arrays that were not released among them."""
    sweep()
    return int(lib.bp_live_handles(0))


def bytes_held() -> int:
    """Bytes of heap memory that blocks and Arrow arrays hold; mapped files don't count."""
    sweep()
    return int(lib.bp_bytes_held())


def version() -> str:
    """Version of the C library."""
    return lib.bp_version().decode()
