"""Asks all engines all questions, and writes the table and the chart.

Usage: run.py FOLDER DATA SPANS, where FOLDER has the programs that time the library, and DATA the spans.
"""

import os

# One thread for everybody; to be set before the engine is loaded.
os.environ["POLARS_MAX_THREADS"] = "1"

import importlib
import importlib.metadata
import pathlib
import platform
import subprocess
import sys

import chart
import peers

HERE = pathlib.Path(__file__).parent
FULL = 1_000_000
ENGINES = {"Polars": "polars", "pyarrow": "pyarrow", "DuckDB": "duckdb"}
OURS, LIMIT = "libblockpack", "limit"


def ours(folder, data):
    """What the library's programs measured: by key, nanoseconds and count."""
    found = {}
    for source in sorted((HERE / "ours").glob("*.c")):
        command = [folder / source.stem, data / "spans.bpk"]
        for row in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            key, time, count = row.split("\t")
            found[key] = (float(time), int(count))
    return found


def parts():
    """Every file of lines: its first words, and its lines."""
    for source in sorted((HERE / "lines").glob("*.py")):
        module = importlib.import_module(f"lines.{source.stem}")
        yield module.__doc__.splitlines()[0].split(":")[0], module.LINES


def measure(folder, data):
    """For each part its title, and of each line the title, the count, and nanoseconds by engine."""
    library = ours(folder, data)
    for title, lines in parts():
        rows = []
        for line in lines:
            time, count = library[line.key]
            times = {OURS: time}
            if line.limit:
                times[LIMIT] = library[line.limit][0]
            for name, ask in line.peers(data).items():
                times[name], found = peers.timed(ask)
                if found != count:
                    sys.exit(f"{line.key}: {name} found {found}, the library {count}")
            rows.append((line.title, count, times))
        yield title, rows


def human(ns):
    """A time with two digits or more."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            return f"{ns / size:.{0 if ns >= 100 * size else 1 if ns >= 10 * size else 2}f} {unit}"
    return f"{ns:.0f} ns"


def table(rows):
    names = [*ENGINES, OURS, LIMIT]
    yield "| question | found | " + " | ".join(names) + " | against the best other |"
    yield "|---|--:|" + "--:|" * (len(names) + 1)
    for title, count, times in rows:
        best = min((times[name] for name in ENGINES if name in times), default=None)
        cells = [human(times[name]) if name in times else "" for name in names]
        ratio = f"{best / times[OURS]:.1f} ×" if best else ""
        yield f"| {title} | {count:,} | " + " | ".join(cells) + f" | {ratio} |"


def machine():
    for line in open("/proc/cpuinfo", encoding="ascii"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def page(measured, shape, load):
    versions = ", ".join(f"{name} {importlib.metadata.version(package)}" for name, package in ENGINES.items())
    yield "# Benchmarks"
    yield ""
    yield "The same questions to the same spans, asked of several engines in one run of `make bench-peers`, which writes this page. One thread each, warm, medians of"
    yield f"{peers.RUNS}; the library is called through its C ABI and reads a mapped file, the others have in memory what they need, in the form that"
    yield "suits them best: texts as enumerations or dictionaries, ids as numbers, trees as nested sets with an index of trace ids. All have to find the same number of spans."
    yield "*Limit* is a plain loop in C that compares values of the width of the column's, over an array as long: what no scan that reads every value can beat by much."
    yield "Zones and smallest and largest values let a scan skip values, so that it can be faster. Times are what matters less: they move with the machine, ratios hardly do."
    yield ""
    yield "![Chart](benchmarks.svg)"
    for title, rows in measured:
        yield from ["", f"## {title}", "", *table(rows)]
    yield from ["", "## What it was measured with", ""]
    yield f"- Machine: {machine()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}; load average before the run {load[0]:.1f}."
    yield f"- Engines: {versions}, Python {platform.python_version()}."
    yield f"- Spans: {shape}."


def shape_of(data, spans):
    import pyarrow.parquet as pq

    file = pq.ParquetFile(data / "spans.parquet")
    size = lambda name: f"{(data / name).stat().st_size / 1e6:.0f} MB"
    return (
        f"{spans:,} of `blockpack generate`, {file.metadata.num_columns} columns, {size('spans.pbd')} of OTLP, "
        f"{size('spans.bpk')} as a block file, {size('spans.parquet')} as Parquet with zstd"
    )


def main(folder, data, spans):
    folder, data, spans = pathlib.Path(folder), pathlib.Path(data), int(spans)
    load = os.getloadavg()
    measured = list(measure(folder, data))
    text = "\n".join(page(measured, shape_of(data, spans), load)) + "\n"
    print(text)
    if spans == FULL:
        docs = HERE.parent.parent / "docs"
        (docs / "benchmarks.md").write_text(text, encoding="utf-8")
        (docs / "benchmarks.svg").write_text(chart.draw(measured, [OURS, *ENGINES]), encoding="utf-8")


main(*sys.argv[1:])
