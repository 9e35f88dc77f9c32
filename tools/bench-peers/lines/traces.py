"""Traces, relations of spans, and fields: the lines that ours/traces.c answers for the library.

Where no other engine is asked, none has anything like it. Relations are of all spans to all spans.
"""

import duckdb
import polars as pl
import pyarrow.compute as pc
import pyarrow.parquet as pq

import tables
from peers import Line
from tables import DURATION, NAME, PATH, SERVICE, TRACE, USER

FIELDS = [NAME, DURATION, SERVICE, PATH, USER]
COLUMNS = ", ".join(f'"{name}"' for name in FIELDS)
# A trace that the generator makes early.
ID = bytes.fromhex("40bdf78c71be9b954e8a03fdf73d8bc0")
SLOW = 100_000_000

# Of several ways to say it (joins, ASOF joins, windows, groups) DuckDB's fastest.
CHILDREN = "select count(*) from spans where parent in (select place from spans)"
REACH = "max(last) over (order by place rows between unbounded preceding and 1 preceding)"
DESCENDANTS = f"select count(*) from (select place, {REACH} as reach from spans) where reach >= place"
SIBLINGS = "select sum(n)::bigint from (select count(*) as n from spans where parent is not null group by parent having n > 1)"
PARENT_ROWS = "select a.rowid from spans b left join spans a on a.id = b.parent_id and a.trace = b.trace"


def opened(data):
    path = data / "spans.parquet"
    return {
        "Polars": lambda: pl.scan_parquet(path).select(pl.len()).collect().item(),
        "pyarrow": lambda: pq.ParquetFile(path).metadata.num_rows,
        "DuckDB": lambda: duckdb.execute(f"select count(*) from read_parquet('{path}')").fetchall()[0][0],
    }


def related(sql, expression):
    def peers(data):
        path = str(data / "spans.parquet")
        db, frame = tables.duck(path), tables.polars(path).lazy()
        return {
            "Polars": lambda: expression(frame).collect().item(),
            "DuckDB": lambda: db.execute(sql).fetchall()[0][0],
        }

    return peers


def children(frame):
    return frame.join(frame.select("place"), left_on="parent", right_on="place", how="semi").select(pl.len())


def descendants(frame):
    reach = pl.col("last").cum_max().shift(1)
    return frame.select("place", "last").sort("place").select((reach >= pl.col("place")).sum())


def siblings(frame):
    groups = frame.filter(pl.col("parent").is_not_null()).group_by("parent").len().filter(pl.col("len") > 1)
    return groups.select(pl.col("len").sum())


def parent_rows(data):
    """The row of each span's parent."""
    path = str(data / "spans.parquet")
    db, frame = tables.duck(path), tables.polars(path)
    spans, rows = frame.lazy().select("trace", "parent_id"), frame.lazy().select("trace", "id").with_row_index("row")
    joined = spans.join(rows, left_on=["trace", "parent_id"], right_on=["trace", "id"], how="left").select("row")
    return {"Polars": joined.collect, "DuckDB": lambda: db.sql(PARENT_ROWS).to_arrow_table()}


def one_trace(data):
    db = tables.duck(str(data / "spans.parquet"))
    db.execute(f'create index traces on spans ("{TRACE}")')
    query = f'select {COLUMNS} from spans where "{TRACE}" = ?'
    return {"DuckDB": lambda: db.execute(query, [ID]).fetchall()}


def slow_spans(data):
    path = str(data / "spans.parquet")
    db, frame, table = tables.duck(path), tables.polars(path).select(FIELDS), tables.arrow(path).select(FIELDS)
    query = f'select {COLUMNS} from spans where "{DURATION}" > {SLOW}'
    return {
        "Polars": lambda: frame.filter(pl.col(DURATION) > SLOW),
        "pyarrow": lambda: table.filter(pc.greater(table[DURATION], SLOW)),
        "DuckDB": lambda: db.sql(query).to_arrow_table(),
    }


def nobody(data):
    return {}


LINES = [
    Line("open", "a file opened (others: Parquet)", opened),
    Line("child", "`{ } > { }`: all that are children", related(CHILDREN, children)),
    Line("descendant", "`{ } >> { }`: all below others", related(DESCENDANTS, descendants)),
    Line("sibling", "`{ } ~ { }`: all with siblings", related(SIBLINGS, siblings)),
    Line("graphs", "graphs of all traces (others: parents' rows)", parent_rows),
    Line("trace", "a trace by its id, 5 fields of its spans", one_trace),
    Line("columns", "5 fields of spans longer than 100 ms, in columns", slow_spans),
    Line("arrow", "the same, as Arrow", slow_spans),
    Line("some fields", "5 fields of a span, of 10,000 everywhere", nobody),
    Line("all fields", "all fields of a span, of 10,000 everywhere", nobody),
    Line("some fields again", "5 fields of a span, of 16 again and again", nobody),
    Line("all fields again", "all fields of a span, of 16 again and again", nobody),
]
