"""Copies a few traces out of a recording, as OTLP/JSON lines that a person can read."""

from __future__ import annotations

import argparse
import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from describe import read

IDS = {"traceId", "spanId", "parentSpanId"}
Trace = ExportTraceServiceRequest


def spans(trace: Trace) -> Iterator[Span]:
    """Yield the spans of a trace."""
    for resource in trace.resource_spans:
        for scope in resource.scope_spans:
            yield from scope.spans


def by_trace(requests: list[ExportTraceServiceRequest]) -> dict[bytes, Trace]:
    """Regroup a recording: one message for each trace, resources and scopes kept."""
    traces: dict[bytes, Trace] = defaultdict(Trace)
    places: dict[tuple[bytes, bytes, bytes], Any] = {}
    for request in requests:
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    # Spans of one resource come in many requests; here they share a block.
                    outer = (span.trace_id, resource.resource.SerializeToString(deterministic=True), b"")
                    inner = (*outer[:2], scope.scope.SerializeToString(deterministic=True))
                    if outer not in places:
                        block = traces[span.trace_id].resource_spans.add(schema_url=resource.schema_url)
                        block.resource.CopyFrom(resource.resource)
                        places[outer] = block
                    if inner not in places:
                        part = places[outer].scope_spans.add(schema_url=scope.schema_url)
                        part.scope.CopyFrom(scope.scope)
                        places[inner] = part
                    places[inner].spans.append(span)
    return traces


def pick(traces: dict[bytes, Trace]) -> list[Trace]:
    """Choose traces that show most of what a recording holds, the smallest of each sort."""
    size = {key: len(trace.SerializeToString()) for key, trace in traces.items()}

    def smallest(fits: Callable[[Trace], bool]) -> bytes:
        return min((key for key, trace in traces.items() if fits(trace)), key=lambda key: (size[key], key))

    def linked(trace: Trace) -> list[bytes]:
        # Of a first attempt at an invoice: the checkout that queued it and the batch that received it.
        return [link.trace_id for span in spans(trace) if span.name == "job invoice" for link in span.links]

    jobs = [key for key, trace in traces.items() if len(linked(trace)) == 2]
    job = min(jobs, key=lambda key: (size[key] + sum(size[other] for other in linked(traces[key])), key))
    home = smallest(lambda trace: any(span.name == "GET /" for span in spans(trace)))
    failed = smallest(lambda trace: any(event.name == "exception" for span in spans(trace) for event in span.events))
    orphan = smallest(lambda trace: all(span.parent_span_id for span in spans(trace)))
    chosen = dict.fromkeys([home, failed, orphan, *linked(traces[job]), job])
    return [traces[key] for key in chosen]


def otlp_json(node: Any) -> Any:
    """Turn protobuf's JSON into OTLP's: the ids are hex there, not base64."""
    if isinstance(node, list):
        return [otlp_json(item) for item in node]
    if isinstance(node, dict):
        return {key: base64.b64decode(value).hex() if key in IDS else otlp_json(value) for key, value in node.items()}
    return node


def main() -> None:
    """Write one line for each chosen trace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    chosen = pick(by_trace(read(options.recording)))
    lines = []
    for trace in chosen:
        plain = otlp_json(MessageToDict(trace, use_integers_for_enums=True))
        lines.append(json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n")
    options.out.write_text("".join(lines), encoding="utf-8")
    count = sum(len(list(spans(trace))) for trace in chosen)
    print(f"extracted: {len(chosen)} traces, {count} spans, {options.out.stat().st_size} bytes")


main()
