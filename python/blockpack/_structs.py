"""The structs of the C library."""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    Structure,
    c_double,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any


class Str(Structure):
    """bp_str and bp_bytes: a view. ``keep`` holds what a view of Python's looks at."""

    _fields_ = [("ptr", c_void_p), ("len", c_size_t)]

    @classmethod
    def of(cls, data: str | bytes) -> Str:
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogateescape")
        view = cls(ctypes.cast(ctypes.c_char_p(data), c_void_p), len(data))
        view.keep = data
        return view

    def bytes(self) -> bytes:
        return ctypes.string_at(self.ptr, self.len) if self.len else b""

    def text(self) -> str:
        return self.bytes().decode("utf-8", "replace")


class RawValue(Structure):
    _fields_ = [("bits", c_uint64), ("ptr", c_void_p), ("kind", c_uint32), ("item", c_uint32)]


class Field(Structure):
    _fields_ = [("name", Str), ("value", RawValue)]


class RawSpan(Structure):
    _fields_ = [("block", c_uint32), ("row", c_uint32)]


class SpanIds(Structure):
    _fields_ = [("trace_id", c_uint8 * 16), ("span_id", c_uint8 * 8), ("span", RawSpan)]


class Growing(Structure):
    """A struct that begins with its size."""

    def __init__(self, **members: Any) -> None:
        super().__init__(struct_size=ctypes.sizeof(type(self)), **members)
        for name, value in members.items():
            # ctypes cuts off what has no room: -1 would be the largest number.
            if getattr(self, name) != value:
                raise OverflowError(f"{name} cannot be {value}")


class BlockOptions(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("max_bytes", c_uint64),
        ("max_spans", c_uint32),
        ("max_attribute_columns", c_uint32),
        ("profile", c_uint32),
        ("reserved", c_uint32),
    ]


class WriteOptions(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("max_block_bytes", c_uint64),
        ("buffer_bytes", c_uint64),
        ("max_block_spans", c_uint32),
        ("max_attribute_columns", c_uint32),
        ("profile", c_uint32),
        ("threads", c_uint32),
        ("overwrite", c_uint32),
        ("reserved", c_uint32),
    ]


class RawWriteReport(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("blocks", c_uint64),
        ("spans", c_uint64),
        ("traces", c_uint64),
        ("bytes", c_uint64),
        ("uuid", c_uint8 * 16),
    ]


class RawFileInfo(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("blocks", c_uint64),
        ("spans", c_uint64),
        ("traces", c_uint64),
        ("bytes", c_uint64),
        ("min_start_ns", c_uint64),
        ("max_end_ns", c_uint64),
        ("format_major", c_uint32),
        ("format_minor", c_uint32),
        ("uuid", c_uint8 * 16),
    ]


class RawBlockInfo(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("spans", c_uint64),
        ("traces", c_uint64),
        ("columns", c_uint64),
        ("min_start_ns", c_uint64),
        ("max_end_ns", c_uint64),
        ("bytes", c_uint64),
        ("heap_bytes", c_uint64),
    ]


class RawColumnInfo(Structure):
    _fields_ = [
        ("name", Str),
        ("type_name", Str),
        ("kind", c_uint32),
        ("is_attribute", c_uint32),
        ("present", c_uint64),
        ("distinct", c_uint64),
    ]


class ArrowOptions(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("columns", c_void_p),
        ("batch_rows", c_uint32),
        ("flags", c_uint32),
    ]


class ArrowArrayStream(Structure):
    """Arrow's struct; only its release is called from here."""


ArrowArrayStream._fields_ = [
    ("get_schema", c_void_p),
    ("get_next", c_void_p),
    ("get_last_error", c_void_p),
    ("release", ctypes.CFUNCTYPE(None, POINTER(ArrowArrayStream))),
    ("private_data", c_void_p),
]


class SearchOptions(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("start_ns", c_uint64),
        ("end_ns", c_uint64),
        ("limit", c_uint64),
        ("spans_per_spanset", c_uint64),
        ("first_block", c_uint64),
        ("block_count", c_uint64),
        ("timeout_ns", c_uint64),
        ("cancel", c_void_p),
        ("budget", c_void_p),
        ("threads", c_uint32),
        ("flags", c_uint32),
    ]


class RawSearchStats(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("chunks", c_uint64),
        ("chunks_outside", c_uint64),
        ("chunks_not_needed", c_uint64),
        ("spans_searched", c_uint64),
        ("spans_matched", c_uint64),
        ("traces", c_uint64),
        ("peak_bytes", c_uint64),
        ("time_ns", c_uint64),
        ("cut_off", c_uint32),
        ("reserved", c_uint32),
        ("chunks_outside_blocks", c_uint64),
        ("chunks_outside_time", c_uint64),
        ("ended", c_uint32),
        ("reserved2", c_uint32),
    ]


class RawTraceMatch(Structure):
    _fields_ = [
        ("trace_id", c_uint8 * 16),
        ("root_service", Str),
        ("root_name", Str),
        ("start_ns", c_uint64),
        ("duration_ns", c_uint64),
        ("matched", c_uint64),
        ("first_spanset", c_uint64),
        ("first_service", c_uint64),
        ("spansets", c_uint32),
        ("services", c_uint32),
        ("flags", c_uint32),
        ("reserved", c_uint32),
    ]


class RawTraceService(Structure):
    _fields_ = [("service", Str), ("spans", c_uint32), ("errors", c_uint32)]


class RawSpanset(Structure):
    _fields_ = [
        ("trace", c_uint64),
        ("matched", c_uint64),
        ("first_span", c_uint64),
        ("first_attribute", c_uint64),
        ("spans", c_uint32),
        ("attributes", c_uint32),
    ]


class MetricsOptions(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("start_ns", c_uint64),
        ("end_ns", c_uint64),
        ("step_ns", c_uint64),
        ("timeout_ns", c_uint64),
        ("cancel", c_void_p),
        ("budget", c_void_p),
        ("exemplars", c_uint32),
        ("threads", c_uint32),
        ("flags", c_uint32),
        ("reserved", c_uint32),
        ("first_block", c_uint64),
        ("block_count", c_uint64),
    ]


class RawSeriesInfo(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("series", c_uint64),
        ("samples", c_uint64),
        ("step_ns", c_uint64),
        ("spans", c_uint64),
        ("chunks", c_uint64),
        ("chunks_outside", c_uint64),
        ("peak_bytes", c_uint64),
        ("time_ns", c_uint64),
        ("chunks_outside_blocks", c_uint64),
        ("chunks_outside_time", c_uint64),
    ]


class RawExemplar(Structure):
    _fields_ = [("ids", SpanIds), ("time_ns", c_uint64), ("value", c_double)]


class RawQueryPart(Structure):
    _fields_ = [
        ("how", Str),
        ("text", Str),
        ("calls", c_uint64),
        ("spans_in", c_uint64),
        ("spans_out", c_uint64),
        ("time_ns", c_uint64),
        ("scans", c_uint64),
        ("blocks_pruned", c_uint64),
        ("zones", c_uint64),
        ("zones_pruned", c_uint64),
        ("depth", c_uint32),
        ("reserved", c_uint32),
    ]


class RawPartDetails(Growing):
    _fields_ = [
        ("struct_size", c_size_t),
        ("series", c_uint64),
        ("rows_scanned", c_uint64),
        ("rows_matched", c_uint64),
        ("bytes", c_uint64),
        ("pruned_by_index", c_uint64),
        ("pruned_no_column", c_uint64),
        ("pruned_by_bounds", c_uint64),
        ("pruned_constant", c_uint64),
        ("pruned_by_dictionary", c_uint64),
        ("pruned_by_zones", c_uint64),
        ("makes_series", c_uint32),
        ("reserved", c_uint32),
    ]


class RawTagName(Structure):
    _fields_ = [
        ("name", Str),
        ("key", Str),
        ("values", c_uint64),
        ("scope", c_uint32),
        ("kinds", c_uint32),
    ]
