"""Names and values of fields, to offer to people."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from ._handle import Handle
from ._library import lib, make
from ._structs import RawTagName, RawValue, SearchOptions, Str
from ._value import Value, from_raw, of, parts
from .query import Length, Query, running

_SCOPES = ("any", "span", "resource", "instrumentation", "event", "link")


@dataclass(frozen=True)
class TagName:
    """An attribute that some span, resource, event and so on has."""

    #: Its name in queries, as in "span.http.method", and its key alone.
    name: str
    key: str
    #: "span", "resource", "instrumentation", "event" or "link".
    scope: str
    #: Values in all blocks; one that a resource has counts once a block.
    values: int


class TagValues(list):
    """Values of a field, each once. ``cut_off`` tells whether there are more than the limit let through."""

    cut_off = False


class _Names(Handle):
    _free = "bp_tag_names_free"


class _Values(Handle):
    _free = "bp_tag_values_free"


def names(blocks: Handle, scope: str) -> list[TagName]:
    """See :meth:`Blocks.tag_names`."""
    if scope not in _SCOPES:
        raise ValueError(f"there is no scope {scope!r}; there are {' '.join(_SCOPES)}")
    with blocks._use() as asked:
        listed = _Names(make("bp_tag_names_new", asked, _SCOPES.index(scope)))
    with listed, listed._use() as found:
        return [
            TagName(name.name.text(), name.key.text(), _SCOPES[name.scope], name.values)
            for name in parts(of("bp_tag_names_get", found), RawTagName)
        ]


def values(
    blocks: Handle,
    name: str,
    where: str | Query | None,
    limit: int | None,
    timeout: Length | None,
    memory: int | None,
) -> TagValues:
    """See :meth:`Blocks.tag_values`."""
    with running(where, blocks, timeout, memory) as (query, asked, limits):
        options = SearchOptions(limit=limit or 0, **limits)
        listed = _Values(make("bp_tag_values_new", asked, Str.of(name), query, ctypes.byref(options)))
    with listed, listed._use() as found:
        result: TagValues = TagValues(from_raw(v) for v in parts(of("bp_tag_values_get", found), RawValue))
        result.cut_off = bool(lib.bp_tag_values_is_cut_off(found))
        return result
