"""Counts what is in a recording, exactly, so that tests can compare with it."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

START, END = "<!-- counts: written by tools/record/describe.py -->", "<!-- end of counts -->"


def split(raw: bytes) -> Iterator[bytes]:
    """Cut a delimited file into its messages."""
    at = 0
    while at < len(raw):
        length = shift = 0
        while True:
            byte = raw[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        yield raw[at : at + length]
        at += length


def read(path: Path) -> list[ExportTraceServiceRequest]:
    """Return the export requests of a recording, in the order they came in."""
    raw = zstandard.ZstdDecompressor().decompress(path.read_bytes())
    return [ExportTraceServiceRequest.FromString(message) for message in split(raw)]


def values(value: AnyValue) -> Iterator[tuple[str, AnyValue]]:
    """Yield a value and all those nested in it, each with the name of its type."""
    kind = value.WhichOneof("value") or "empty"
    yield kind.removesuffix("_value"), value
    if kind == "array_value":
        for inner in value.array_value.values:
            yield from values(inner)
    if kind == "kvlist_value":
        for pair in value.kvlist_value.values:
            yield from values(pair.value)


def depths(parents: dict[bytes, bytes]) -> Iterator[int]:
    """Yield the depth of each span of a trace; a root's and an orphan's is 1."""
    for span in parents:
        depth, above = 1, parents[span]
        while above in parents:
            depth, above = depth + 1, parents[above]
        yield depth


def ordered(counter: Counter[str]) -> dict[str, int]:
    """Return counts by name, sorted, so that two runs over one file agree."""
    return dict(sorted(counter.items()))


def describe(requests: list[ExportTraceServiceRequest]) -> dict[str, Any]:
    """Count everything that a reader of the recording could get wrong."""
    total: Counter[str] = Counter()
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    keys: dict[str, Counter[str]] = defaultdict(Counter)
    traces: dict[bytes, dict[bytes, bytes]] = defaultdict(dict)
    traces_of: dict[str, set[bytes]] = defaultdict(set)
    resources, scopes = set(), set()
    links: list[tuple[bytes, Span.Link]] = []
    longest, first, last = 0, 2**64, 0

    def take(level: str, attributes: Iterable[KeyValue]) -> None:
        for pair in attributes:
            keys[level][pair.key] += 1
            for kind, _ in values(pair.value):
                groups["values by type, nested ones too"][kind] += 1
            groups["attributes by type"][next(values(pair.value))[0]] += 1

    for request in requests:
        for resource in request.resource_spans:
            total["resource blocks"] += 1
            resources.add(resource.resource.SerializeToString(deterministic=True))
            take("resource", resource.resource.attributes)
            service = next(
                pair.value.string_value for pair in resource.resource.attributes if pair.key == "service.name"
            )
            for scope in resource.scope_spans:
                total["scope blocks"] += 1
                scopes.add((scope.scope.name, scope.scope.version))
                take("scope", scope.scope.attributes)
                for span in scope.spans:
                    total["spans"] += 1
                    traces[span.trace_id][span.span_id] = span.parent_span_id
                    traces_of[service].add(span.trace_id)
                    groups["spans by service"][service] += 1
                    groups["spans by scope"][scope.scope.name] += 1
                    groups["spans by name"][span.name] += 1
                    groups["spans by kind"][Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")] += 1
                    groups["spans by status"][
                        Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_")
                    ] += 1
                    groups["spans by flags"][hex(span.flags)] += 1
                    take("span", span.attributes)
                    total["spans with trace state"] += bool(span.trace_state)
                    total["spans with a status message"] += bool(span.status.message)
                    total["spans with dropped links"] += bool(span.dropped_links_count)
                    total["spans with dropped events"] += bool(span.dropped_events_count)
                    total["dropped links"] += span.dropped_links_count
                    total["dropped events"] += span.dropped_events_count
                    for event in span.events:
                        groups["events by name"][event.name] += 1
                        take("event", event.attributes)
                    for link in span.links:
                        links.append((span.trace_id, link))
                        take("link", link.attributes)
                    longest = max(longest, span.end_time_unix_nano - span.start_time_unix_nano)
                    first = min(first, span.start_time_unix_nano)
                    last = max(last, span.end_time_unix_nano)

    sizes = Counter({trace: len(spans) for trace, spans in traces.items()})
    roots = sum(not parent for spans in traces.values() for parent in spans.values())
    orphans = sum(bool(parent) and parent not in spans for spans in traces.values() for parent in spans.values())
    largest = sizes.most_common(1)[0][0]
    numbers = {
        "requests": len(requests),
        "traces": len(traces),
        "spans": total["spans"],
        "distinct pairs of trace and span id": sum(sizes.values()),
        "services": len(groups["spans by service"]),
        "distinct resources": len(resources),
        "distinct scopes": len(scopes),
        "resource blocks": total["resource blocks"],
        "scope blocks": total["scope blocks"],
        "distinct span names": len(groups["spans by name"]),
        **{
            f"distinct {level} attribute keys": len(keys[level])
            for level in ("resource", "scope", "span", "event", "link")
        },
        **{
            f"{level} attributes": sum(keys[level].values()) for level in ("resource", "scope", "span", "event", "link")
        },
        "events": sum(groups["events by name"].values()),
        "exception events": groups["events by name"]["exception"],
        "links": len(links),
        "links whose span is in the recording": sum(link.span_id in traces.get(link.trace_id, {}) for _, link in links),
        "links to another trace": sum(trace != link.trace_id for trace, link in links),
        "root spans": roots,
        "orphans (parent not in the recording)": orphans,
        "traces with an orphan": sum(
            any(parent and parent not in spans for parent in spans.values()) for spans in traces.values()
        ),
        "traces of one span": sum(size == 1 for size in sizes.values()),
        "traces across services": sum(sum(trace in of for of in traces_of.values()) > 1 for trace in traces),
        "error spans": groups["spans by status"]["ERROR"],
        **{
            name: total[name]
            for name in (
                "spans with a status message",
                "spans with trace state",
                "spans with dropped links",
                "dropped links",
                "spans with dropped events",
                "dropped events",
            )
        },
        "max spans a trace": sizes[largest],
        "max depth (a root's is 1)": max(depth for spans in traces.values() for depth in depths(spans)),
        "longest span, ns": longest,
        "first start, ns": first,
        "last end, ns": last,
    }
    return {
        "numbers": numbers,
        "largest trace": largest.hex(),
        **{f"{name}": ordered(groups[name]) for name in sorted(groups)},
        "keys": {level: ordered(keys[level]) for level in sorted(keys)},
    }


def table(title: str, counts: dict[str, int]) -> str:
    """Format counts as a Markdown table."""
    lines = [f"| {title} | count |", "| --- | ---: |", *(f"| {name} | {count} |" for name, count in counts.items())]
    return "\n".join(lines) + "\n"


def markdown(found: dict[str, Any]) -> str:
    """Format the counts that a person wants to see; the rest is in the JSON file."""
    shown = ("spans by service", "spans by kind", "spans by status", "spans by name", "events by name")
    parts = [table("what", found["numbers"]), *(table(name, found[name]) for name in shown)]
    parts.append(table("attributes by type, all levels", found["attributes by type"]))
    return "\n".join(parts)


def main() -> None:
    """Print the numbers, and write the full counts where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--json", type=Path, help="write all counts there")
    parser.add_argument("--readme", type=Path, help="replace the counts between the markers there")
    options = parser.parse_args()
    found = describe(read(options.recording))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    if options.readme:
        fresh = f"{START}\n\n{markdown(found)}\n{END}"
        text = options.readme.read_text()
        options.readme.write_text(re.sub(f"{START}.*{END}", lambda _: fresh, text, flags=re.DOTALL))
    for name, count in found["numbers"].items():
        print(f"{name:>40}: {count}")


if __name__ == "__main__":
    main()
