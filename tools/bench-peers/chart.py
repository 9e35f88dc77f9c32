"""Draws the times of all engines as bars on a logarithmic scale, as SVG."""

import html
import math

COLOURS = ["#c2410c", "#2563eb", "#0d9488", "#a16207"]
LEFT, WIDTH, BAR, GAP, TOP = 270, 560, 9, 12, 60


def draw(measured, engines):
    """`measured`: parts of lines with nanoseconds by engine."""
    rows = [(title, times) for _, lines in measured for title, _, times in lines]
    every = [times[name] for _, times in rows for name in engines if name in times]
    low = math.floor(math.log10(min(every)))
    high = math.ceil(math.log10(max(every)))
    x = lambda ns: LEFT + WIDTH * (math.log10(ns) - low) / (high - low)
    step = len(engines) * BAR + GAP
    height = TOP + len(rows) * step + 20
    total = LEFT + WIDTH + 90
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{total}" height="{height}" fill="#ffffff"/>',
    ]
    for i, name in enumerate(engines):
        at = LEFT + 130 * i
        out.append(f'<rect x="{at}" y="10" width="12" height="12" fill="{COLOURS[i]}"/>')
        out.append(f'<text x="{at + 18}" y="20">{html.escape(name)}</text>')
    for power in range(low, high + 1):
        at = x(10**power)
        out.append(f'<path d="M{at:.1f} {TOP - 8}V{height - 16}" stroke="#d4d4d4"/>')
        out.append(f'<text x="{at:.1f}" y="{TOP - 14}" text-anchor="middle" fill="#525252">{unit(10**power)}</text>')
    for row, (title, times) in enumerate(rows):
        top = TOP + row * step
        middle = top + len(engines) * BAR / 2 + 4
        name = html.escape(title.replace("\\|", "|").replace("`", ""))
        out.append(f'<text x="{LEFT - 10}" y="{middle:.1f}" text-anchor="end">{name}</text>')
        for i, engine in enumerate(engines):
            if engine in times:
                width = max(x(times[engine]) - LEFT, 1)
                y = top + i * BAR
                out.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 1}" fill="{COLOURS[i]}"/>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def unit(ns):
    for name, size in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if ns >= size:
            return f"{ns // size} {name}"
    return f"{ns} ns"
