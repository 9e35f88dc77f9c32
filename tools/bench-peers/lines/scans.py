"""Scans of one column, and sets of rows: the lines that ours/scans.c answers for the library.

Each engine has the spans in the form that suits it best: Polars with enumerations, pyarrow with
dictionaries, DuckDB as a table in memory. Each answers with a count (or row numbers, whose count is taken
after the clock stops).
"""

import functools
import re

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

import tables
from peers import Line
from tables import DURATION, NAME, PATH, SERVICE, STATUS, USER

NAME_PATTERN, URL_PATTERN = "^(GET|POST) /(cart|orders)", "^/products/[0-9]*7-"


class Polars:
    def __init__(self, path):
        self.columns = tables.polars(path)
        self.masks = {}

    def equal(self, name, value):
        if name == USER:
            # Of many texts the code is found faster so.
            return self.columns.select((pl.col(name) == value).sum()).item()
        return int((self.columns[name] == value).sum())

    def not_equal(self, name, value):
        return int((self.columns[name] != value).sum())

    def greater(self, name, value):
        return int((self.columns[name] > value).sum())

    def regex(self, name, pattern):
        """Once for each distinct text, then by code."""
        column = self.columns[name]
        texts = column.dtype.categories
        found = texts.filter(texts.str.contains(pattern))
        return int(column.is_in(found.implode()).sum())

    def contains(self, name, part):
        return self.regex(name, re.escape(part))

    def mask(self, limit):
        if limit not in self.masks:
            self.masks[limit] = self.columns[DURATION] > limit
        return self.masks[limit]

    def both(self, a, b):
        return int((self.mask(a) & self.mask(b)).sum())

    def either(self, a, b):
        return int((self.mask(a) | self.mask(b)).sum())

    def rows(self, limit):
        return self.mask(limit).arg_true()


class Arrow:
    def __init__(self, path):
        table = tables.arrow(path)
        self.columns = {name: table[name].chunk(0) for name in table.column_names}
        self.masks = {}

    def code(self, name, value):
        """Text as its code, so that codes are compared."""
        column = self.columns[name]
        if name not in tables.ENUMERATIONS:
            return column, value
        return column.indices, pc.index(column.dictionary, value).as_py()

    def equal(self, name, value):
        return pc.sum(pc.equal(*self.code(name, value))).as_py()

    def not_equal(self, name, value):
        return pc.sum(pc.not_equal(*self.code(name, value))).as_py()

    def greater(self, name, value):
        return pc.sum(pc.greater(self.columns[name], value)).as_py()

    def by_text(self, name, found):
        return pc.sum(pc.take(found, self.columns[name].indices)).as_py()

    def regex(self, name, pattern):
        return self.by_text(name, pc.match_substring_regex(self.columns[name].dictionary, pattern))

    def contains(self, name, part):
        return self.by_text(name, pc.match_substring(self.columns[name].dictionary, part))

    def mask(self, limit):
        if limit not in self.masks:
            self.masks[limit] = pc.greater(self.columns[DURATION], limit)
        return self.masks[limit]

    def both(self, a, b):
        return pc.sum(pc.and_(self.mask(a), self.mask(b))).as_py()

    def either(self, a, b):
        return pc.sum(pc.or_(self.mask(a), self.mask(b))).as_py()

    def rows(self, limit):
        return pc.indices_nonzero(self.mask(limit))


class Duck:
    def __init__(self, path):
        self.db = tables.duck(path)

    def count(self, condition, values):
        query = f"select count(*) from spans where {condition}"
        return self.db.execute(query, values).fetchall()[0][0]

    def equal(self, name, value):
        return self.count(f'"{name}" = ?', [value])

    def not_equal(self, name, value):
        return self.count(f'"{name}" <> ?', [value])

    def greater(self, name, value):
        return self.count(f'"{name}" > ?', [value])

    def regex(self, name, pattern):
        """Once for each distinct text if these are few, then by code."""
        if name in tables.TEXTS:
            return self.count(f"regexp_matches({tables.TEXTS[name]}, ?)", [pattern])
        kind = tables.ENUMERATIONS[name]
        texts = f"select unnest(enum_range(null::{kind}))::varchar as text"
        return self.count(f'"{name}" in (select text::{kind} from ({texts}) where regexp_matches(text, ?))', [pattern])

    def contains(self, name, part):
        return self.count(f'contains("{name}", ?)', [part])

    def both(self, a, b):
        return self.count(f'"{DURATION}" > ? and "{DURATION}" > ?', [a, b])

    def either(self, a, b):
        return self.count(f'"{DURATION}" > ? or "{DURATION}" > ?', [a, b])

    def rows(self, limit):
        query = f'select rowid from spans where "{DURATION}" > ?'
        return self.db.sql(query, params=[limit]).to_arrow_table()["rowid"]


@functools.cache
def engines(path):
    pa.set_cpu_count(1)
    return {"Polars": Polars(path), "pyarrow": Arrow(path), "DuckDB": Duck(path)}


def line(key, title, question, *arguments, limit=None):
    """A line that all engines answer by the method called `question`."""

    def peers(data):
        found = engines(str(data / "spans.parquet"))
        return {name: functools.partial(getattr(it, question), *arguments) for name, it in found.items()}

    return Line(key, title, peers, limit)


FEW, HALF = 35_000_000, 1_000_000
LINES = [
    line("equal", "spans of a service", "equal", SERVICE, "checkout", limit="limit 8"),
    line("not equal", "spans of all other services", "not_equal", SERVICE, "checkout", limit="limit 8"),
    line("errors", "spans with an error", "equal", STATUS, 2, limit="limit 8"),
    line("duration", "longer than 100 ms", "greater", DURATION, 100_000_000, limit="limit 32"),
    line("user", "spans of a user, of many thousand", "equal", USER, "user-000017", limit="limit 16"),
    line("regex name", f"name matches `{NAME_PATTERN}`".replace("|", "\\|"), "regex", NAME, NAME_PATTERN),
    line("regex url", f"URL matches `{URL_PATTERN}`", "regex", PATH, URL_PATTERN),
    line("substring url", "URL contains `-cotton-`", "contains", PATH, "-cotton-"),
    line("and", "AND of two results", "both", FEW, HALF),
    line("or", "OR of two results", "either", FEW, HALF),
    line("rows", "row numbers of a result", "rows", FEW),
]
