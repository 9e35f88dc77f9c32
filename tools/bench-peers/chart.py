"""Draws the times of all engines as bars on a logarithmic scale, as SVG."""

import html
import math
import textwrap

COLOURS = ["#c2410c", "#2563eb", "#0d9488", "#a16207"]
LEFT, WIDTH, BAR, GAP, HEADING, TOP = 330, 560, 9, 12, 30, 60
LINE, LETTERS = 13, 50


def draw(measured, engines):
    """`measured`: parts of lines with nanoseconds by engine."""
    every = [time for _, lines in measured for _, _, times in lines for name, time in times.items() if name in engines]
    low = math.floor(math.log10(min(every)))
    high = math.ceil(math.log10(max(every)))
    x = lambda ns: LEFT + WIDTH * (math.log10(ns) - low) / (high - low)
    body, top = [], TOP
    for title, lines in measured:
        body.append(f'<text x="10" y="{top + 18}" font-weight="bold">{html.escape(title)}</text>')
        top += HEADING
        for question, _, times in lines:
            some = [engine for engine in engines if engine in times]
            body += label(question, top + len(some) * BAR / 2)
            for engine in some:
                width = max(x(times[engine]) - LEFT, 1)
                colour = COLOURS[engines.index(engine)]
                body.append(f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR - 1}" fill="{colour}"/>')
                top += BAR
            top += GAP
    return "\n".join([*frame(engines, top, {unit(10**p): x(10**p) for p in range(low, high + 1)}), *body, "</svg>"]) + "\n"


def frame(engines, height, ticks):
    """The beginning of the picture: legend and scale."""
    width = LEFT + WIDTH + 40
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    for i, name in enumerate(engines):
        at = LEFT + 130 * i
        yield f'<rect x="{at}" y="10" width="12" height="12" fill="{COLOURS[i]}"/>'
        yield f'<text x="{at + 18}" y="20">{html.escape(name)}</text>'
    for text, at in ticks.items():
        yield f'<path d="M{at:.1f} {TOP - 8}V{height - 6}" stroke="#d4d4d4"/>'
        yield f'<text x="{at:.1f}" y="{TOP - 14}" text-anchor="middle" fill="#525252">{text}</text>'


def label(question, middle):
    """The text beside bars, without what it takes to stand in a table."""
    lines = textwrap.wrap(question.replace("\\|", "|").replace("`", ""), LETTERS)
    for i, line in enumerate(lines):
        y = middle + 4 + (i - (len(lines) - 1) / 2) * LINE
        yield f'<text x="{LEFT - 10}" y="{y:.1f}" text-anchor="end">{html.escape(line)}</text>'


def unit(ns):
    for name, size in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if ns >= size:
            return f"{ns // size} {name}"
    return f"{ns} ns"
