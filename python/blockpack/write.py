"""Writing files, and building blocks in memory."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from types import TracebackType
from typing import Iterable

from ._handle import Handle
from ._library import call, lib, make
from ._structs import BlockOptions, RawWriteReport, Str, WriteOptions
from .blocks import Blocks


@dataclass(frozen=True)
class WriteReport:
    """What a finished file holds."""

    blocks: int
    spans: int
    #: One that lies in several blocks counts once.
    traces: int
    bytes: int


class Writer(Handle):
    """Writes a block file, which appears when it is finished and not before.

    As a context it is finished at the end, or abandoned if there was an exception.
    """

    _free = "bp_writer_free"

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False, threads: int = 0) -> None:
        options = WriteOptions(overwrite=int(overwrite), threads=threads)
        name = Str.of(os.fsencode(path))
        super().__init__(make("bp_writer_open", name, ctypes.byref(options)))

    def add_otlp(self, message: bytes) -> None:
        """Adds an encoded ``TracesData`` or ``ExportTraceServiceRequest``. What is refused changes nothing."""
        with self._use() as writer:
            call("bp_writer_add_otlp", writer, Str.of(message))

    def add(self, data: bytes) -> None:
        """Adds OTLP in any form: protobuf, length-delimited protobuf, JSON; plain, gzip or zstd."""
        with self._use() as writer:
            call("bp_writer_add_input", writer, Str.of(data))

    def add_file(self, path: str | os.PathLike[str]) -> None:
        """Adds a file of OTLP in any form."""
        with self._use() as writer:
            call("bp_writer_add_file", writer, Str.of(os.fsencode(path)))

    @property
    def span_count(self) -> int:
        """Spans that were added."""
        with self._use() as writer:
            return int(lib.bp_writer_span_count(writer))

    def finish(self) -> WriteReport:
        """Writes what is left and lets the file appear. The writer is closed then."""
        raw = RawWriteReport()
        with self._use() as writer:
            call("bp_writer_finish", writer, ctypes.byref(raw))
        self.close()
        return WriteReport(raw.blocks, raw.spans, raw.traces, raw.bytes)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and not self.closed:
            self.finish()
        self.close()


def ingest(
    inputs: Iterable[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    *,
    overwrite: bool = False,
) -> WriteReport:
    """Writes one block file of files of OTLP in any form."""
    with Writer(output, overwrite=overwrite) as writer:
        for path in inputs:
            writer.add_file(path)
        return writer.finish()


class Builder(Handle):
    """Makes blocks in memory, to be scanned at once. For one thread at a time."""

    _free = "bp_builder_free"

    def __init__(self, *, max_spans: int = 0) -> None:
        """``max_spans`` limits the spans of a block; 0 stands for the library's limit."""
        options = BlockOptions(max_spans=max_spans)
        super().__init__(make("bp_builder_new", ctypes.byref(options)))

    def add_otlp(self, message: bytes) -> None:
        """As :meth:`Writer.add_otlp`."""
        with self._use() as builder:
            call("bp_builder_add_otlp", builder, Str.of(message))

    def add(self, data: bytes) -> None:
        """As :meth:`Writer.add`."""
        with self._use() as builder:
            call("bp_builder_add_input", builder, Str.of(data))

    @property
    def span_count(self) -> int:
        """Spans that were added and are in no block yet."""
        with self._use() as builder:
            return int(lib.bp_builder_span_count(builder))

    def blocks(self) -> Blocks:
        """The spans that were added since the last time, as blocks. The builder goes on empty."""
        with self._use() as builder:
            return Blocks(make("bp_builder_blocks", builder))
