"""A second reader of block files, written from docs/format.md alone, with nothing but the standard library.

It shows that the page is enough to read a file. It checks every hash and reads every column, slowly.
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

from xxh3 import xxh3

NO_SECTION = 0xFFFFFFFF
RESIDUAL = 0xFFFFFFFF
TABLES = ["span", "trace", "resource", "scope", "event", "link", "residual"]
PREFIXES = ["span.", "", "resource.", "instrumentation.", "event.", "link.", "residual."]
EMPTY, STRING, BYTES, INT, UINT, DOUBLE, BOOL, TIME, DURATION, ID, KIND, STATUS = range(12)
SIGNED = (INT, KIND, STATUS)


class Damaged(Exception):
    """The file contradicts the specification."""


class Unreadable(Exception):
    """A column needs what this reader does not have."""


def check(condition: bool, what: str) -> None:
    if not condition:
        raise Damaged(what)


# --- AnyValue -------------------------------------------------------------------------------------


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value & (1 << 64) - 1, at


def message(data: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers and values of the fields of a protobuf message."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            value, at = varint(data, at)
        elif wire_type == 1:
            value, at = data[at : at + 8], at + 8
        elif wire_type == 2:
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            raise Damaged(f"wire type {wire_type}")
        yield number, value


def signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def any_value(data: bytes) -> Any:
    """An encoded AnyValue as a Python value; bytes stay bytes, text becomes str, nothing None."""
    out = None
    for number, value in message(data):
        if number == 1:
            out = value.decode(errors="replace")
        elif number == 2:
            out = bool(value)
        elif number == 3:
            out = signed(value)
        elif number == 4:
            out = struct.unpack("<d", value)[0]
        elif number == 5:
            out = [any_value(item) for n, item in message(value) if n == 1]
        elif number == 6:
            entries = (dict(message(entry)) for n, entry in message(value) if n == 1)
            out = {e.get(1, b"").decode(): any_value(e[2]) if 2 in e else None for e in entries}
        elif number == 7:
            out = value
    return out


# --- the block ------------------------------------------------------------------------------------

SECTION = struct.Struct("<IBBHQQQ")
COLUMN = struct.Struct("<6BH12I3Q")
HEADER = struct.Struct("<8sHHIQQQQII8III16sQQ")


@dataclass
class Column:
    table: int
    attribute: bool
    name: bytes
    value_type: int
    rows: dict[int, Any] = field(default_factory=dict)
    unreadable: str | None = None

    def key(self) -> str:
        return self.name[len(PREFIXES[self.table]) if self.attribute else 0 :].decode()


class Block:
    def __init__(self, data: bytes) -> None:
        self.data = data
        head = HEADER.unpack_from(data)
        magic, version, _, names_len, block_len, incompat, self.min_start, self.max_end = head[:8]
        section_count, column_count = head[8:10]
        self.table_rows = head[10:17]
        shape_ends, shape_items, _, directory_hash, header_hash = head[18:]
        check(magic == b"BPKBLOCK" and version == 1 and incompat == 0, "not a block of version 1")
        check(block_len == len(data), "length of the block")
        check(xxh3(data[:120]) == header_hash, "hash of the block header")
        end = 128 + 32 * section_count + 80 * column_count + names_len
        check(xxh3(data[128:end]) == directory_hash, "hash of the directory")
        self.sections = [SECTION.unpack_from(data, 128 + 32 * i) for i in range(section_count)]
        names = data[end - names_len : end]
        columns_at = 128 + 32 * section_count
        entries = [COLUMN.unpack_from(data, columns_at + 80 * i) for i in range(column_count)]
        self.columns = [self.read_column(entry, names) for entry in entries]
        ends = self.integers(shape_ends, 4)
        items = self.integers(shape_items, 4)
        self.shapes = [items[a:b] for a, b in zip(ends, ends[1:])]
        self.fixed = {c.name.decode(): c for c in self.columns if not c.attribute}

    def section(self, number: int) -> bytes:
        offset, _, codec, _, stored_len, length, expected = self.sections[number]
        stored = self.data[64 * offset : 64 * offset + stored_len]
        check(len(stored) == stored_len and xxh3(stored) == expected, f"hash of section {number}")
        if codec != 0:
            raise Unreadable(f"section {number} is compressed")
        check(length == stored_len, f"length of section {number}")
        return stored

    def integers(self, number: int, width: int) -> list[int]:
        data = self.section(number)
        return [int.from_bytes(data[i : i + width], "little") for i in range(0, len(data), width)]

    def read_column(self, entry: tuple, names: bytes) -> Column:
        table, attribute, value_type = entry[:3]
        name = names[entry[7] : entry[7] + entry[8]]
        column = Column(table, bool(attribute), name, value_type)
        try:
            rows = self.present_rows(entry)
            values = self.values(entry)
            check(len(rows) == len(values) == entry[16], f"number of values of {name!r}")
            column.rows = dict(zip(rows, values))
        except Unreadable as reason:
            column.unreadable = str(reason)
        return column

    def present_rows(self, entry: tuple) -> list[int]:
        table, layout, presence, ranks = entry[0], entry[3], entry[9], entry[10]
        count = self.table_rows[table]
        narrow = 2 if count <= 65536 else 4
        if layout == 0:
            return list(range(count))
        if layout == 2:
            return self.integers(presence, narrow)
        if layout != 1:
            raise Unreadable(f"layout {layout}")
        words = self.integers(presence, 8)
        rows = [64 * i + b for i, word in enumerate(words) for b in range(64) if word >> b & 1]
        before = [sum(w.bit_count() for w in words[:i]) for i in range(len(words))]
        check(self.integers(ranks, narrow) == before, "ranks")
        return rows

    def strings(self, ends: int, data: int) -> list[bytes]:
        places, text = self.integers(ends, 4), self.section(data)
        check(places[0] == 0 and places[-1] == len(text), "ends of strings")
        return [text[a:b] for a, b in zip(places, places[1:])]

    def values(self, entry: tuple) -> list[Any]:
        value_type, encoding, width = entry[2], entry[4], entry[5]
        values, ends, data, present, base = entry[11], entry[12], entry[13], entry[16], entry[19]
        packed = lambda: self.integers(values, width) if width else [0] * present
        if encoding == 0:
            return [None] * present
        if encoding == 1:
            strings = self.strings(ends, data)
            check(strings == sorted(set(strings)), "a dictionary is sorted")
            return [self.from_bytes(value_type, strings[code]) for code in packed()]
        if encoding == 2:
            return [self.from_bytes(value_type, s) for s in self.strings(ends, data)]
        if encoding == 3:
            return [self.from_integer(value_type, base + v) for v in packed()]
        if encoding == 4:
            parts = zip(self.integers(values, 4), self.integers(ends, width))
            return [self.from_integer(value_type, base + (h << 8 * width | low)) for h, low in parts]
        if encoding == 5:
            return [v for (v,) in struct.iter_unpack("<d", self.section(values))]
        if encoding == 6:
            words = self.integers(values, 8)
            return [bool(words[i // 64] >> i % 64 & 1) for i in range(present)]
        if encoding == 7:
            text = self.section(values)
            return [text[i : i + width] for i in range(0, len(text), width)]
        raise Unreadable(f"encoding {encoding}")

    @staticmethod
    def from_bytes(value_type: int, data: bytes) -> Any:
        if value_type == STRING:
            return data.decode(errors="replace")
        return data if value_type == BYTES else any_value(data)

    @staticmethod
    def from_integer(value_type: int, bits: int) -> int:
        bits &= (1 << 64) - 1
        return signed(bits) if value_type in SIGNED else bits

    # --- rows ---

    def get(self, name: str, row: int, default: Any = None) -> Any:
        column = self.fixed.get(name)
        return column.rows.get(row, default) if column else default

    def attributes(self, table: str, row: int) -> list[tuple[str, Any]]:
        number = TABLES.index(table)
        shape = {"scope": "instrumentation"}.get(table, table) + ":shape"
        mine = (number, row)
        owners = range(self.table_rows[6])
        owner = lambda r: (self.get("residual:table", r), self.get("residual:owner", r))
        residuals = iter([r for r in owners if owner(r) == mine])
        out = []
        for item in self.shapes[self.get(shape, row)]:
            if item == RESIDUAL:
                at = next(residuals)
                name = self.get("residual:name", at)[len(PREFIXES[number]) :]
                out.append((name, self.get("residual:value", at)))
            else:
                column = self.columns[item]
                value = Ellipsis if column.unreadable else column.rows[row]
                out.append((column.key(), value))
        return out

    def children(self, table: str, row: int) -> list[int]:
        owned = self.fixed.get(f"{table}:owner")
        return [child for child, owner in owned.rows.items() if owner == row] if owned else []

    def spans(self) -> Iterator[dict[str, Any]]:
        trace = -1
        for row in range(self.table_rows[0]):
            trace += row in self.fixed["span:first_of_trace"].rows
            delta = self.get("span:parent_delta", row)
            start = self.get("span:start", row)
            resource, scope = self.get("span:resource", row), self.get("span:scope", row)
            span_id = lambda r: self.get("span:odd_id", r, self.get("span:id", r))
            stored = self.get("span:odd_parent_id", row, self.get("span:parent_id", row, b""))
            yield {
                "trace_id": self.get("trace:odd_id", trace, self.get("trace:id", trace)),
                "span_id": span_id(row),
                "parent_id": span_id(row - delta) if delta else stored,
                "name": self.get("span:name", row),
                "kind": self.get("span:kind", row),
                "start": start,
                "end": self.get("span:end", row, start + self.get("span:duration", row)),
                "status": self.get("span:status", row),
                "message": self.get("span:status_message", row, ""),
                "trace_state": self.get("span:trace_state", row, ""),
                "flags": self.get("span:flags", row, 0),
                "attributes": self.attributes("span", row),
                "resource": self.attributes("resource", resource),
                "scope": (self.get("instrumentation:name", scope, ""), self.attributes("scope", scope)),
                "events": [
                    (
                        self.get("event:name", e),
                        start + self.get("event:time_since_start", e),
                        self.attributes("event", e),
                    )
                    for e in self.children("event", row)
                ],
                "links": [
                    (self.get("link:trace_id", k), self.get("link:span_id", k), self.attributes("link", k))
                    for k in self.children("link", row)
                ],
            }


# --- the file -------------------------------------------------------------------------------------


def blocks(path: Path) -> Iterator[Block]:
    data = path.read_bytes()
    header, trailer = data[:64], data[-128:]
    check(header[:8] == b"\x89BPK\r\n\x1a\n", "magic")
    major, _, _, incompat = struct.unpack_from("<HHIQ", header, 8)
    check(major == 1 and incompat == 0, "version")
    check(struct.unpack_from("<Q", header, 56)[0] == xxh3(header[:56]), "hash of the header")
    check(trailer[:64] == header and trailer[112:120] == b"BPKTRAIL", "trailer")
    check(struct.unpack_from("<Q", trailer, 120)[0] == xxh3(trailer[:120]), "hash of the trailer")
    tail_at, tail_len, tail_hash, file_len = struct.unpack_from("<QQQQ", trailer, 64)
    tail = data[tail_at : tail_at + tail_len]
    check(file_len == len(data) and tail_at + tail_len == len(data) - 128, "places in the trailer")
    check(xxh3(tail) == tail_hash, "hash of the tail")
    (block_count,) = struct.unpack_from("<I", tail)
    for i in range(block_count):
        offset, size, rows, traces = struct.unpack_from("<QQII", tail, 64 + 64 * i)
        (block_hash,) = struct.unpack_from("<Q", tail, 64 + 64 * i + 48)
        raw = data[offset : offset + size]
        check(xxh3(raw) == block_hash, f"hash of block {i}")
        block = Block(raw)
        check(block.table_rows[:2] == (rows, traces), f"rows of block {i}")
        yield block
