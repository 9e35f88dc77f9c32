"""The spans in the form that suits each engine's scans and joins best.

Texts are enumerations; DuckDB has those of URLs as texts, too, in which it finds patterns faster. Traces and
spans have numbers, and every span has its place in nested sets, as stores of traces keep it: what is below a
span has its `place` behind that of the span, up to `last`; `parent` is the place of its parent.
"""

import collections
import functools

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

SERVICE, NAME, DATABASE = "resource.service.name", "span:name", "span.db.system"
USER, PATH, URL = "span.enduser.id", "span.url.path", "span.url.full"
ENUMERATIONS = {SERVICE: "services", NAME: "names", DATABASE: "databases", USER: "users", PATH: "paths", URL: "urls"}
TEXTS = {PATH: "path", URL: "url"}
DURATION, START, STATUS, HTTP_STATUS = "span:duration", "span:start", "span:status", "span.http.response.status_code"
NUMBERS = [DURATION, START, STATUS, HTTP_STATUS]
TRACE, SPAN, PARENT = IDS = ["trace:id", "span:id", "span:parent_id"]


@functools.cache
def arrow(path):
    """Texts as dictionaries."""
    table = pq.read_table(path, columns=[*ENUMERATIONS, *NUMBERS, *IDS]).combine_chunks()
    for name in ENUMERATIONS:
        place = table.column_names.index(name)
        table = table.set_column(place, name, table[name].dictionary_encode())
    for name, column in {**numbers(table), **places(table)}.items():
        table = table.append_column(name, column)
    return table.combine_chunks()


@functools.cache
def polars(path):
    frame = pl.from_arrow(arrow(path)).rechunk()
    enumerate_texts = lambda column: column.cast(pl.String).cast(pl.Enum(column.cast(pl.String).unique().drop_nulls().sort()))
    return frame.with_columns(enumerate_texts(frame[name]) for name in ENUMERATIONS)


@functools.cache
def duck(path):
    """A connection with a table called spans."""
    db = duckdb.connect(config={"threads": 1})
    table = arrow(path)
    columns = [f'"{name}"' for name in table.column_names if name not in ENUMERATIONS]
    columns += [f'"{name}"::varchar as {text}' for name, text in TEXTS.items()]
    db.register("source", table)
    for name, kind in ENUMERATIONS.items():
        db.execute(f'create type {kind} as enum (select distinct "{name}"::varchar from source where "{name}" is not null)')
        columns.append(f'"{name}"::{kind} as "{name}"')
    db.execute(f"create table spans as select {', '.join(columns)} from source")
    db.unregister("source")
    return db


def numbers(table):
    """Traces, spans and parents as numbers, which join faster than bytes."""
    ids = {name: table[name].combine_chunks() for name in IDS}
    return {
        "trace": ids[TRACE].dictionary_encode().indices,
        "id": ids[SPAN].view(pa.uint64()),
        "parent_id": ids[PARENT].cast(pa.binary(8)).view(pa.uint64()),
    }


def places(table):
    """For each span its place, the last place below it, and its parent's place."""
    traces, ids, parent_ids = (table[name].to_pylist() for name in IDS)
    rows = {key: row for row, key in enumerate(zip(traces, ids))}
    parents = [rows.get(key) for key in zip(traces, parent_ids)]
    below = collections.defaultdict(list)
    for row, parent in enumerate(parents):
        below[parent].append(row)
    place, last, number = [0] * len(parents), [0] * len(parents), 0
    todo = below[None]
    while todo:
        row = todo.pop()
        if row < 0:
            last[~row] = number - 1
            continue
        place[row] = number
        number += 1
        todo.append(~row)
        todo.extend(below.get(row, ()))
    parent = [None if row is None else place[row] for row in parents]
    return {name: pa.array(column, pa.int32()) for name, column in (("place", place), ("last", last), ("parent", parent))}
