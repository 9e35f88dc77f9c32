"""Values, between Python and C."""

from __future__ import annotations

import ctypes
import struct
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Iterator, Sequence, Union

from ._library import DONE, call
from ._structs import Field, RawValue, Str

#: What fields have: None is a field that is there and empty. Times and durations are nanoseconds, ids
#: hexadecimal, kinds and status codes their names ("server", "error").
Value = Union[None, bool, int, float, str, bytes, list, dict]

ABSENT, BOOL, I64, U64, F64, STR, BYTES, TIME, DURATION, LIST, NULL, ID, KIND, STATUS, MAP = range(15)
_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_STATUSES = ("unset", "ok", "error")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_BATCH = 64


def _nanoseconds(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000_000 + span.microseconds * 1_000


def nanoseconds(time: int | datetime | timedelta) -> int:
    """A time since the epoch or a length of time, in nanoseconds; numbers are that already."""
    if isinstance(time, datetime):
        # A time without a zone is local, as everywhere in Python.
        return _nanoseconds(time.astimezone(timezone.utc) - _EPOCH)
    return _nanoseconds(time) if isinstance(time, timedelta) else time


def to_raw(value: Any) -> tuple[RawValue, Any]:
    """A literal as C has it, and what must live as long."""
    if isinstance(value, bool):
        return RawValue(int(value), None, BOOL, 0), None
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise OverflowError(f"{value} does not fit into 64 bits")
        return RawValue(value % 2**64, None, I64 if value < 2**63 else U64, 0), None
    if isinstance(value, float):
        return RawValue(struct.unpack("<Q", struct.pack("<d", value))[0], None, F64, 0), None
    if isinstance(value, (datetime, timedelta)):
        count = nanoseconds(value)
        raw, _ = to_raw(count)
        if count >= 0:
            # Before the epoch, and below nothing, there are numbers only.
            raw.kind = TIME if isinstance(value, datetime) else DURATION
        return raw, None
    if isinstance(value, (str, bytes)):
        view = Str.of(value)
        return RawValue(view.len, view.ptr, STR if isinstance(value, str) else BYTES, 0), view
    raise TypeError(f"there are no fields of type {type(value).__name__}")


def to_array(values: Sequence[Any]) -> tuple[Any, Any]:
    """Literals as an array of C, and what must live as long."""
    pairs = [to_raw(value) for value in values]
    return (RawValue * len(pairs))(*(raw for raw, _ in pairs)), [keep for _, keep in pairs]


def _signed(bits: int) -> int:
    return bits - 2**64 if bits >= 2**63 else bits


def _name(names: Sequence[str], number: int) -> str | int:
    return names[number] if 0 <= number < len(names) else number


def from_raw(raw: RawValue) -> Value:
    """A copy of a value. One that is absent is None, too; see :func:`is_absent`."""
    kind, bits = raw.kind, raw.bits
    if kind in (ABSENT, NULL):
        return None
    if kind == BOOL:
        return bits != 0
    if kind == I64:
        return _signed(bits)
    if kind in (U64, TIME, DURATION):
        return bits
    if kind == F64:
        return struct.unpack("<d", struct.pack("<Q", bits))[0]
    if kind == STR:
        return Str(raw.ptr, bits).text()
    if kind == BYTES:
        return Str(raw.ptr, bits).bytes()
    if kind == ID:
        return Str(raw.ptr, bits).bytes().hex()
    if kind == KIND:
        return _name(_KINDS, _signed(bits))
    if kind == STATUS:
        return _name(_STATUSES, _signed(bits))
    if kind == LIST:
        return [from_raw(item) for item in parts(of("bp_value_items", raw), RawValue)]
    entries: dict[str, Value] = {}
    for entry in parts(of("bp_value_entries", raw), Field):
        entries.setdefault(entry.name.text(), from_raw(entry.value))
    return entries


def is_absent(raw: RawValue) -> bool:
    """Whether there is no such field."""
    return raw.kind == ABSENT


def parts(function: Callable[[int, Any, int, Any], int], item: Any) -> Iterator[Any]:
    """What ``function(first, out, cap, count)`` copies in parts; each item is good until the next."""
    first, out, count = 0, (item * _BATCH)(), ctypes.c_size_t()
    while True:
        status = function(first, out, _BATCH, ctypes.byref(count))
        yield from out[: count.value]
        first += count.value
        if status == DONE or count.value < _BATCH:
            return


def of(name: str, *arguments: Any) -> Callable[[int, Any, int, Any], int]:
    """The function ``name`` of the library with its first arguments, for :func:`parts`."""
    return lambda *rest: call(name, *arguments, *rest)
