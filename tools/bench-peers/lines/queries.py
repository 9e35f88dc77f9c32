"""TraceQL queries: the lines that ours/queries.c answers for the library.

The library gets the text of a query and finds all spans that match. DuckDB gets the same question in SQL, Polars
as an expression.
"""

import polars as pl

import tables
from peers import Line
from tables import DATABASE, DURATION, HTTP_STATUS, SERVICE, START, STATUS, URL, USER

# Samples as in ours/queries.c.
BEGIN, STEP, SAMPLES = 1767603600_000000000, 15_000000000, 240
END = BEGIN + SAMPLES * STEP

# Spans b below spans a. Of several ways to say it (a window, an ASOF join, recursion) this is the fastest.
BELOW = (
    f"""select count(*) from spans b where "{DATABASE}" = 'postgresql' and exists (select 1 from spans a """
    f"""where "{SERVICE}" = 'frontend' and a.trace = b.trace and b.place > a.place and b.place <= a.last)"""
)
GROUPS = f'select count(*) as n from spans where "{STATUS}" = 2 group by trace having n > 3'


def select(condition):
    return f"select count(*) from spans where {condition}"


def rate(condition):
    """A row for each service and interval."""
    interval = f'("{START}" - {BEGIN} - 1) // {STEP}'
    times = f'"{START}" > {BEGIN} and "{START}" <= {END}'
    grouped = f'select "{SERVICE}", {interval} as interval, count(*) / {STEP / 1e9} as rate from spans where {times} and {condition} group by all'
    return f"select count(*) from ({grouped})"


def count(condition):
    return lambda frame: frame.select(condition.sum())


def below(frame):
    upper = frame.filter(pl.col(SERVICE) == "frontend").select("trace", "last", above="place")
    lower = frame.filter(pl.col(DATABASE) == "postgresql").select("trace", "place")
    pairs = lower.join(upper, on="trace").filter((pl.col("place") > pl.col("above")) & (pl.col("place") <= pl.col("last")))
    return pairs.select(pl.col("place").n_unique())


def many(frame):
    groups = frame.filter(pl.col(STATUS) == 2).group_by("trace").len().filter(pl.col("len") > 3)
    return groups.select(pl.col("len").sum())


def rates(condition):
    interval = (pl.col(START) - BEGIN - 1) // STEP
    times = (pl.col(START) > BEGIN) & (pl.col(START) <= END)
    return lambda frame: frame.filter(times & condition).group_by(SERVICE, interval).len().select(pl.len())


def matches(part):
    """Once for each distinct text, then by code."""

    def ask(frame):
        texts = frame.collect_schema()[URL].categories
        return frame.select(pl.col(URL).is_in(texts.filter(texts.str.contains(part)).implode()).sum())

    return ask


def line(key, query, sql, expression):
    def peers(data):
        path = str(data / "spans.parquet")
        db, frame = tables.duck(path), tables.polars(path).lazy()
        return {
            "Polars": lambda: expression(frame).collect().item(),
            "DuckDB": lambda: db.execute(sql).fetchall()[0][0],
        }

    return Line(key, "`" + query.replace("|", "\\|") + "`", peers)


FRONTEND, ERROR = pl.col(SERVICE) == "frontend", pl.col(STATUS) == 2
LINES = [
    line(
        "q service and status",
        '{ resource.service.name = "frontend" && status = error }',
        select(f"\"{SERVICE}\" = 'frontend' and \"{STATUS}\" = 2"),
        count(FRONTEND & ERROR),
    ),
    line("q duration", "{ duration > 500ms }", select(f'"{DURATION}" > 500000000'), count(pl.col(DURATION) > 500_000_000)),
    line("q url", '{ span.url.full =~ ".*/cart.*" }', select("regexp_matches(url, '/cart')"), matches("/cart")),
    line("q user", '{ span.enduser.id = "user-000017" }', select(f"\"{USER}\" = 'user-000017'"), count(pl.col(USER) == "user-000017")),
    line(
        "q or",
        "{ status = error || span.http.response.status_code >= 500 }",
        select(f'"{STATUS}" = 2 or "{HTTP_STATUS}" >= 500'),
        count(ERROR | (pl.col(HTTP_STATUS) >= 500)),
    ),
    line("q structure", '{ resource.service.name = "frontend" } >> { span.db.system = "postgresql" }', BELOW, below),
    line("q aggregate", "{ status = error } | count() > 3", f"select sum(n)::bigint from ({GROUPS})", many),
    line("q rate", "{ } | rate() by (resource.service.name)", rate("true"), rates(pl.lit(True))),
    line("q error rate", "{ status = error } | rate() by (resource.service.name)", rate(f'"{STATUS}" = 2'), rates(ERROR)),
]
