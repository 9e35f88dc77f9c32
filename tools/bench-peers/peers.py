"""What lines of the comparison are made of."""

import pathlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

RUNS, WARM_UP = 15, 3


@dataclass
class Line:
    """A question that several engines are asked."""

    # What the library's program calls it.
    key: str
    # What the table calls it.
    title: str
    # Given the folder with the data, a function of each engine that answers with a count, or with what
    # has a length: counted after the clock stops.
    peers: Callable[[pathlib.Path], dict[str, Callable[[], object]]]
    # Key of the loop that is the least it can take, if there is one.
    limit: str | None = None


def timed(ask):
    """The median time of a question in nanoseconds, and how much was found."""
    times = []
    for run in range(-WARM_UP, RUNS):
        start = time.perf_counter_ns()
        answer = ask()
        end = time.perf_counter_ns()
        if run >= 0:
            times.append(end - start)
    return statistics.median(times), answer if isinstance(answer, int) else len(answer)
