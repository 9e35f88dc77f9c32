"""Sets of spans, and single spans."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Callable, Iterator

from ._arrow import ArrowSource
from ._handle import Handle
from ._library import call, lib, make
from ._structs import Field, RawSpan, RawValue, SpanIds, Str
from ._value import Value, from_raw, is_absent, of, parts

if TYPE_CHECKING:
    from .blocks import Blocks

#: How :meth:`SpanSet.relate` spells relations, as TraceQL does: the plain ones give spans of the right
#: set, those with "!" spans of the right set that are not related so, those with "&" spans of both.
RELATIONS: dict[str, int] = {
    mark + relation: number + 5 * group
    for group, mark in enumerate(("", "!", "&"))
    for number, relation in enumerate((">", "<", ">>", "<<", "~"), start=1)
}

_BATCH = 64


class Span(Handle):
    """One span, whose fields are read when they are asked for. For one thread at a time."""

    _free = "bp_lazy_fields_free"

    def __getitem__(self, name: str) -> Value:
        """The field with this name; KeyError if the span has none."""
        value = self._get(name)
        if is_absent(value):
            raise KeyError(name)
        return from_raw(value)

    def get(self, name: str, default: Value = None) -> Value:
        """The field with this name, or the default."""
        value = self._get(name)
        return default if is_absent(value) else from_raw(value)

    def _get(self, name: str) -> RawValue:
        value = RawValue()
        with self._use() as fields:
            call("bp_lazy_fields_get", fields, Str.of(name), ctypes.byref(value))
        return value

    def fields(self) -> Iterator[tuple[str, int, Value]]:
        """All fields: name, which event or link of the span it is of (0 for others), value.

        First what every span has, then the attributes of span, resource and instrumentation scope in
        the order they came, then event by event and link by link what each has.
        """
        out, count = (Field * _BATCH)(), ctypes.c_size_t()
        found = []
        with self._use() as fields:
            call("bp_lazy_fields_rewind", fields)
            while True:
                call("bp_lazy_fields_next", fields, out, _BATCH, ctypes.byref(count))
                if count.value == 0:
                    break
                for field in out[: count.value]:
                    found.append((field.name.text(), field.value.item, from_raw(field.value)))
        return iter(found)

    def to_dict(self) -> dict[str, Value]:
        """All fields by name; of a name that comes twice the first.

        Those of events and links are dicts of their own, in the lists "events" and "links", which are
        there if the span has any.
        """
        fields: dict[str, Value] = {}
        for name, item, value in self.fields():
            scope = name.partition(":")[0].partition(".")[0]
            if scope in ("event", "link"):
                items = fields.setdefault(scope + "s", [])
                while len(items) <= item:
                    items.append({})
                items[item].setdefault(name, value)
            else:
                fields.setdefault(name, value)
        return fields


class SpanSet(ArrowSource):
    """Spans of a list of blocks, in the order of blocks and rows. It does not change.

    ``&``, ``|``, ``-`` and ``~`` combine sets over the same list; ``~`` is all other spans of it.
    """

    _free = "bp_span_set_free"
    _export = "bp_arrow_export_span_set"

    def __len__(self) -> int:
        return int(self._fact(lib.bp_span_set_count))

    def __contains__(self, span: tuple[int, int]) -> bool:
        """Whether span (block, row) is in the set."""
        place = RawSpan(*span)
        fits = (place.block, place.row) == tuple(span)
        return fits and bool(self._fact(lib.bp_span_set_contains, place))

    def _fact(self, function: Callable, *arguments: object) -> int:
        with self._use() as spans:
            return function(spans, *arguments)

    def __getitem__(self, index: int) -> Span:
        """Span number ``index``; negative numbers count from the end."""
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"there is no span {index}; the set has {count}")
        with self._use() as spans:
            return Span(make("bp_span_set_fields", spans, index % count))

    def __iter__(self) -> Iterator[Span]:
        """The spans, each with a reference to the blocks until it is closed or forgotten."""
        return (self[index] for index in range(len(self)))

    def places(self) -> list[tuple[int, int]]:
        """Where the spans are: block, and row in the block."""
        with self._use() as spans:
            return [(s.block, s.row) for s in parts(of("bp_span_set_spans", spans), RawSpan)]

    def ids(self) -> list[tuple[str, str]]:
        """Trace id and span id of each span, in hexadecimal."""
        with self._use() as spans:
            found = parts(of("bp_span_set_ids", spans), SpanIds)
            return [(bytes(i.trace_id).hex(), bytes(i.span_id).hex()) for i in found]

    @property
    def blocks(self) -> Blocks:
        """The list of blocks that the set is over."""
        from .blocks import Blocks

        with self._use() as spans:
            return Blocks(make("bp_span_set_blocks", spans))

    def relate(self, relation: str, other: SpanSet, rooted_only: bool = False) -> SpanSet:
        """The spans that result from ``self relation other``, where ``relation`` is one of `RELATIONS`.

        ``a.relate(">", b)`` are the spans of b whose parent is in a, ``">>"`` those that descend from one,
        ``"<"`` the parents and ``"<<"`` the ancestors in b, ``"~"`` the siblings. With ``rooted_only`` spans
        whose parent is missing, and what is below them, are left out.
        """
        if relation not in RELATIONS:
            raise ValueError(f"there is no relation {relation!r}; there are {' '.join(RELATIONS)}")
        with self._use() as left, other._use() as right:
            number = RELATIONS[relation]
            return SpanSet(make("bp_span_set_structural", left, number, right, int(rooted_only)))

    def __and__(self, other: SpanSet) -> SpanSet:
        return self._combine("bp_span_set_and", other)

    def __or__(self, other: SpanSet) -> SpanSet:
        return self._combine("bp_span_set_or", other)

    def __sub__(self, other: SpanSet) -> SpanSet:
        return self._combine("bp_span_set_minus", other)

    def __invert__(self) -> SpanSet:
        with self._use() as spans:
            return SpanSet(make("bp_span_set_not", spans))

    def _combine(self, name: str, other: SpanSet) -> SpanSet:
        if not isinstance(other, SpanSet):
            return NotImplemented
        with self._use() as left, other._use() as right:
            return SpanSet(make(name, left, right))

    def __repr__(self) -> str:
        return "<SpanSet, closed>" if self.closed else f"<SpanSet of {len(self)} spans>"
