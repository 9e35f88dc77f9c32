"""The C library: where it is found, and its functions and structs. Nothing else knows C but what is here."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from ctypes import (
    POINTER,
    Structure,
    c_bool,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

ABI_VERSION = 0
OK, DONE, ABSENT, FIRST_ERROR = 0, 1, 2, 16


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

_handle, _out, _count = c_void_p, POINTER(c_void_p), POINTER(c_size_t)

# Functions that answer a status; each has a `bp_error **err` behind these parameters.
_CALLS: dict[str, list[Any]] = {
    "bp_value_items": [POINTER(RawValue), c_size_t, POINTER(RawValue), c_size_t, _count],
    "bp_value_entries": [POINTER(RawValue), c_size_t, POINTER(Field), c_size_t, _count],
    "bp_writer_open": [Str, POINTER(WriteOptions), _out],
    "bp_writer_add_otlp": [_handle, Str],
    "bp_writer_add_input": [_handle, Str],
    "bp_writer_add_file": [_handle, Str],
    "bp_writer_finish": [_handle, POINTER(RawWriteReport)],
    "bp_builder_new": [POINTER(BlockOptions), _out],
    "bp_builder_add_otlp": [_handle, Str],
    "bp_builder_add_input": [_handle, Str],
    "bp_builder_blocks": [_handle, _out],
    "bp_reader_open": [Str, c_void_p, _out],
    "bp_reader_open_memory": [Str, c_void_p, c_void_p, c_void_p, _out],
    "bp_reader_info": [_handle, POINTER(RawFileInfo)],
    "bp_reader_blocks": [_handle, c_size_t, c_size_t, _out],
    "bp_reader_trace": [_handle, Str, _out],
    "bp_blocks_join": [_out, c_size_t, _out],
    "bp_blocks_info": [_handle, c_size_t, POINTER(RawBlockInfo)],
    "bp_blocks_columns": [_handle, c_size_t, c_size_t, POINTER(RawColumnInfo), c_size_t, _count],
    "bp_blocks_scan": [_handle, Str, c_uint32, POINTER(RawValue), c_size_t, _out],
    "bp_span_set_all": [_handle, _out],
    "bp_span_set_blocks": [_handle, _out],
    "bp_span_set_spans": [_handle, c_uint64, POINTER(RawSpan), c_size_t, _count],
    "bp_span_set_ids": [_handle, c_uint64, POINTER(SpanIds), c_size_t, _count],
    "bp_span_set_fields": [_handle, c_uint64, _out],
    "bp_span_set_and": [_handle, _handle, _out],
    "bp_span_set_or": [_handle, _handle, _out],
    "bp_span_set_minus": [_handle, _handle, _out],
    "bp_span_set_not": [_handle, _out],
    "bp_span_set_structural": [_handle, c_uint32, _handle, c_uint32, _out],
    "bp_columns_new": [_out],
    "bp_columns_add": [_handle, Str],
    "bp_lazy_fields_get": [_handle, Str, POINTER(RawValue)],
    "bp_lazy_fields_next": [_handle, POINTER(Field), c_size_t, _count],
    "bp_lazy_fields_rewind": [_handle],
    "bp_arrow_export_span_set": [_handle, POINTER(ArrowOptions), POINTER(ArrowArrayStream)],
    "bp_arrow_export_blocks": [_handle, POINTER(ArrowOptions), POINTER(ArrowArrayStream)],
}

# Functions that answer a fact or nothing.
_FACTS: dict[str, tuple[Any, list[Any]]] = {
    "bp_version": (c_char_p, []),
    "bp_abi_version": (c_uint32, []),
    "bp_status_name": (c_char_p, [c_int32]),
    "bp_error_message": (Str, [_handle]),
    "bp_error_position": (c_bool, [_handle, POINTER(c_uint64)]),
    "bp_error_free": (None, [_handle]),
    "bp_writer_span_count": (c_uint64, [_handle]),
    "bp_writer_free": (None, [_handle]),
    "bp_builder_span_count": (c_uint64, [_handle]),
    "bp_builder_free": (None, [_handle]),
    "bp_reader_free": (None, [_handle]),
    "bp_blocks_len": (c_size_t, [_handle]),
    "bp_blocks_span_count": (c_uint64, [_handle]),
    "bp_blocks_free": (None, [_handle]),
    "bp_span_set_count": (c_uint64, [_handle]),
    "bp_span_set_contains": (c_bool, [_handle, RawSpan]),
    "bp_span_set_free": (None, [_handle]),
    "bp_columns_free": (None, [_handle]),
    "bp_lazy_fields_free": (None, [_handle]),
    "bp_live_handles": (c_uint64, [c_uint32]),
    "bp_bytes_held": (c_uint64, []),
}


class BlockpackError(Exception):
    """Why a call of the library failed.

    ``status`` is the name of its status, as in "BP_ERR_PARSE"; ``position`` the byte in the input or the
    name where the error was found, or None.
    """

    def __init__(self, status: str, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.position = position


def library_path() -> str:
    """The shared library that is loaded: $BLOCKPACK_LIBRARY, else the one that the system's loader finds."""
    path = os.environ.get("BLOCKPACK_LIBRARY")
    if path:
        return path
    names = {"darwin": f"libblockpack.{ABI_VERSION}.dylib", "win32": "blockpack.dll"}
    return names.get(sys.platform, f"libblockpack.so.{ABI_VERSION}")


def _load() -> ctypes.CDLL:
    path = library_path()
    try:
        library = ctypes.CDLL(path)
    except OSError as e:
        hint = "set BLOCKPACK_LIBRARY to the path of the shared library, or install it where the loader looks"
        raise ImportError(f"libblockpack is not found: {e}; {hint}") from e
    for name, parameters in _CALLS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = c_int32, [*parameters, _out]
    for name, (answer, parameters) in _FACTS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = answer, parameters
    if library.bp_abi_version() != ABI_VERSION:
        found = library.bp_abi_version()
        raise ImportError(f"{path} has binary interface {found}; this package needs {ABI_VERSION}")
    return library


lib = _load()


def call(name: str, *arguments: Any) -> int:
    """Calls a function that answers a status; an error becomes a BlockpackError."""
    err = c_void_p()
    status: int = getattr(lib, name)(*arguments, ctypes.byref(err))
    if status < FIRST_ERROR:
        return status
    try:
        position = c_uint64()
        known = lib.bp_error_position(err, ctypes.byref(position))
        message = lib.bp_error_message(err).text()
    finally:
        lib.bp_error_free(err)
    raise BlockpackError(status_name(status), message, position.value if known else None)


def status_name(status: int) -> str:
    return lib.bp_status_name(status).decode()


def make(name: str, *arguments: Any) -> int | None:
    """Calls a function whose last output is a handle; None if it answers that there is none."""
    out = c_void_p()
    call(name, *arguments, ctypes.byref(out))
    return out.value
