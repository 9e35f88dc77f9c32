"""Measures how costs grow: bench-scaling.py BLOCKPACK FOLDER SPANS...

Prints the tables of docs/performance.md. FOLDER has the program that asks the questions (benches/scaling.c),
and keeps the block files. Times are the least of several runs.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

FILES, SPANS_A_FILE = 100, 10_000
INGEST_RUNS = 3


class Cost(NamedTuple):
    """Nanoseconds."""

    time: float
    processor: float


class Answer(NamedTuple):
    """What one question costs: times in nanoseconds."""

    spans: int
    one: Cost
    two: Cost
    each_file: float


def run(*command: object) -> Cost:
    start = time.perf_counter_ns()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    return Cost(time.perf_counter_ns() - start, (usage.ru_utime + usage.ru_stime) * 1e9)


def least(costs: list[Cost]) -> Cost:
    return Cost(min(c.time for c in costs), min(c.processor for c in costs))


def ask(folder: Path, files: list[Path]) -> dict[str, Answer]:
    lines = subprocess.check_output([folder / "scaling", *files], text=True).splitlines()
    answers = {}
    for question, spans, *times in (line.split("\t") for line in lines):
        a, b, c, d, each = map(float, times)
        answers[question] = Answer(int(spans), Cost(a, b), Cost(c, d), each)
    return answers


def ingest(blockpack: str, folder: Path, spans: int) -> tuple[Path, Answer]:
    """Makes a block file of generated spans, and says what that costs with one thread and with two."""
    otlp, target = folder / f"{spans}.pbd", folder / f"{spans}.bpk"
    run(blockpack, "generate", "-n", spans, "-o", otlp)
    costs = {1: [], 2: []}
    for _ in range(INGEST_RUNS):
        for threads in costs:
            costs[threads].append(run(blockpack, "ingest", otlp, "-o", target, "-f", "-t", threads))
    otlp.unlink()
    return target, Answer(spans, least(costs[1]), least(costs[2]), 0)


def small_files(blockpack: str, folder: Path) -> list[Path]:
    """Files of traces that no other has."""
    files = [folder / f"small-{seed}.bpk" for seed in range(FILES)]
    for seed, file in enumerate(files):
        if not file.exists():
            otlp = folder / "small.pbd"
            run(blockpack, "generate", "-n", SPANS_A_FILE, "--seed", seed, "-o", otlp)
            run(blockpack, "ingest", otlp, "-o", file)
            otlp.unlink()
    return files


def table(heads: list[str], rows: list[list[str]]) -> None:
    print("\n| " + " | ".join(heads) + " |\n|---|" + "--:|" * (len(heads) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def figure(value: float) -> str:
    return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"


def main(blockpack: str, folder: Path, sizes: list[int]) -> None:
    by_size = {}
    for spans in sizes:
        file, cost = ingest(blockpack, folder, spans)
        by_size[spans] = {**ask(folder, [file]), "ingest": cost}
    last = by_size[sizes[-1]]

    rows = []
    for question in last:
        each = [answers[question].one.processor / answers[question].spans for answers in by_size.values()]
        rows.append([question, *map(figure, each), f"{each[-1] / each[0]:.2f}"])
    table(["processor time, ns a span", *(f"{spans:,} spans" for spans in sizes), "last to first"], rows)

    rows = []
    for question, (_, one, two, _) in last.items():
        milliseconds = [cost / 1e6 for cost in (*one, *two)]
        rows.append([question, *map(figure, milliseconds), f"{one.time / two.time:.2f}", f"{2 * one.processor / two.processor:.2f}"])
    heads = ["one thread", "its processor time", "two threads", "their processor time", "times faster", "at best"]
    table([f"ms, {sizes[-1]:,} spans", *heads], rows)

    rows = []
    for question, (_, one, _, each) in ask(folder, small_files(blockpack, folder)).items():
        rows.append([question, figure(one.processor / 1e6), figure(each / 1e6), f"{one.processor / each:.2f}"])
    table([f"processor time, ms, {FILES} files of {SPANS_A_FILE:,} spans", "all at once", "sum of each alone", "share"], rows)


main(sys.argv[1], Path(sys.argv[2]), [int(spans) for spans in sys.argv[3:]])
