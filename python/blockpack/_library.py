"""The C library: where it is found, and its functions. Nothing else knows C but this and the structs."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import POINTER, c_bool, c_char_p, c_double, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any

from ._structs import (
    ArrowArrayStream,
    ArrowOptions,
    BlockOptions,
    Field,
    MetricsOptions,
    RawBlockInfo,
    RawColumnInfo,
    RawExemplar,
    RawFileInfo,
    RawPartDetails,
    RawQueryPart,
    RawSearchStats,
    RawSeriesInfo,
    RawSpan,
    RawSpanset,
    RawTagName,
    RawTraceMatch,
    RawTraceService,
    RawValue,
    RawWriteReport,
    SearchOptions,
    SpanIds,
    Str,
    WriteOptions,
)

ABI_VERSION = 0
OK, DONE, ABSENT, FIRST_ERROR = 0, 1, 2, 16


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
    "bp_budget_new": [c_uint64, _out],
    "bp_cancel_new": [_out],
    "bp_query_compile": [Str, _out],
    "bp_query_explain": [_handle, _out],
    "bp_query_spans": [_handle, _handle, POINTER(SearchOptions), _out],
    "bp_explanation_parts": [_handle, c_size_t, POINTER(RawQueryPart), c_size_t, _count],
    "bp_explanation_part_details": [_handle, c_size_t, POINTER(RawPartDetails)],
    "bp_cursor_new": [_handle, _handle, POINTER(SearchOptions), _out],
    "bp_cursor_next": [_handle, c_size_t, _out],
    "bp_cursor_stats": [_handle, POINTER(RawSearchStats)],
    "bp_cursor_explain": [_handle, _out],
    "bp_match_set_traces": [_handle, c_size_t, POINTER(RawTraceMatch), c_size_t, _count],
    "bp_match_set_services": [_handle, c_size_t, POINTER(RawTraceService), c_size_t, _count],
    "bp_match_set_spansets": [_handle, c_size_t, POINTER(RawSpanset), c_size_t, _count],
    "bp_match_set_attributes": [_handle, c_size_t, POINTER(Field), c_size_t, _count],
    "bp_match_set_spans": [_handle, c_size_t, POINTER(SpanIds), c_size_t, _count],
    "bp_match_set_fields": [_handle, c_size_t, POINTER(Str), c_size_t, _count],
    "bp_match_set_values": [_handle, c_size_t, c_size_t, _handle, POINTER(RawValue), c_size_t],
    "bp_series_new": [_handle, _handle, POINTER(MetricsOptions), _out],
    "bp_series_explain": [_handle, _out],
    "bp_series_info": [_handle, POINTER(RawSeriesInfo)],
    "bp_series_times": [_handle, c_size_t, POINTER(c_uint64), c_size_t, _count],
    "bp_series_values": [_handle, c_size_t, c_size_t, POINTER(c_double), c_size_t, _count],
    "bp_series_labels": [_handle, c_size_t, c_size_t, POINTER(Field), c_size_t, _count],
    "bp_series_exemplars": [_handle, c_size_t, c_size_t, POINTER(RawExemplar), c_size_t, _count],
    "bp_tag_names_new": [_handle, c_uint32, _out],
    "bp_tag_names_get": [_handle, c_size_t, POINTER(RawTagName), c_size_t, _count],
    "bp_tag_values_new": [_handle, Str, _handle, POINTER(SearchOptions), _out],
    "bp_tag_values_get": [_handle, c_size_t, POINTER(RawValue), c_size_t, _count],
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
    "bp_budget_free": (None, [_handle]),
    "bp_cancel_trigger": (None, [_handle]),
    "bp_cancel_free": (None, [_handle]),
    "bp_query_text": (Str, [_handle]),
    "bp_query_kind": (c_uint32, [_handle]),
    "bp_query_free": (None, [_handle]),
    "bp_explanation_text": (Str, [_handle]),
    "bp_explanation_free": (None, [_handle]),
    "bp_cursor_free": (None, [_handle]),
    "bp_match_set_free": (None, [_handle]),
    "bp_series_len": (c_size_t, [_handle]),
    "bp_series_text": (Str, [_handle, c_size_t]),
    "bp_series_free": (None, [_handle]),
    "bp_tag_names_free": (None, [_handle]),
    "bp_tag_values_is_cut_off": (c_bool, [_handle]),
    "bp_tag_values_free": (None, [_handle]),
    "bp_live_handles": (c_uint64, [c_uint32]),
    "bp_bytes_held": (c_uint64, []),
}


class BlockpackError(Exception):
    """Why a call of the library failed.

    ``status`` is the name of its status, as in "BP_ERR_PARSE", or "closed" of an object that was closed;
    ``position`` the byte in the input or the name where the error was found, or None.
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
