"""Compares a block file with the OTLP/JSON lines it was made from: check.py FILE.bpk SOURCE.jsonl

Exit status 0 if every span is there with everything that was said of it, else 1 with the first difference.
"""

import base64
import json
import math
import sys
from pathlib import Path
from typing import Any

import reader


def json_value(value: dict[str, Any]) -> Any:
    if not value:
        return None
    ((kind, inner),) = value.items()
    match kind:
        case "intValue":
            return int(inner)
        case "doubleValue":
            return float(inner)
        case "bytesValue":
            return base64.b64decode(inner)
        case "arrayValue":
            return [json_value(item) for item in inner.get("values", [])]
        case "kvlistValue":
            return {e["key"]: json_value(e.get("value", {})) for e in inner.get("values", [])}
        case _:
            return inner


def json_attributes(owner: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(a["key"], json_value(a.get("value", {}))) for a in owner.get("attributes", [])]


def source_spans(path: Path) -> dict[tuple[bytes, bytes], dict[str, Any]]:
    spans = {}
    for line in path.read_text().splitlines():
        for resource_spans in json.loads(line)["resourceSpans"]:
            resource = json_attributes(resource_spans.get("resource", {}))
            for scope_spans in resource_spans["scopeSpans"]:
                scope = scope_spans.get("scope", {})
                for span in scope_spans["spans"]:
                    ids = bytes.fromhex(span["traceId"]), bytes.fromhex(span["spanId"])
                    spans[ids] = source_span(span, resource, scope)
    return spans


def source_span(span: dict[str, Any], resource: list, scope: dict[str, Any]) -> dict[str, Any]:
    status = span.get("status", {})
    return {
        "trace_id": bytes.fromhex(span["traceId"]),
        "span_id": bytes.fromhex(span["spanId"]),
        "parent_id": bytes.fromhex(span.get("parentSpanId", "")),
        "name": span.get("name", ""),
        "kind": span.get("kind", 0),
        "start": int(span["startTimeUnixNano"]),
        "end": int(span["endTimeUnixNano"]),
        "status": status.get("code", 0),
        "message": status.get("message", ""),
        "trace_state": span.get("traceState", ""),
        "flags": span.get("flags", 0),
        "attributes": json_attributes(span),
        "resource": resource,
        "scope": (scope.get("name", ""), json_attributes(scope)),
        "events": [
            (e.get("name", ""), int(e["timeUnixNano"]), json_attributes(e)) for e in span.get("events", [])
        ],
        "links": [
            (bytes.fromhex(k["traceId"]), bytes.fromhex(k["spanId"]), json_attributes(k))
            for k in span.get("links", [])
        ],
    }


def same(a: Any, b: Any) -> bool:
    """Equal, where NaN equals NaN, and values in columns that cannot be read (compressed) pass."""
    if a is Ellipsis:
        return True
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    return type(a) is type(b) and a == b


def main(file: str, source: str) -> int:
    sent = source_spans(Path(source))
    unreadable, count = set(), 0
    for block in reader.blocks(Path(file)):
        unreadable |= {c.name.decode() for c in block.columns if c.unreadable}
        for span in block.spans():
            expected = sent.pop((span["trace_id"], span["span_id"]), None)
            if expected is None:
                print(f"a span that was not sent, or comes twice: {span}")
                return 1
            for name, value in span.items():
                if not same(value, expected[name]):
                    print(f"{span['span_id'].hex()} {name}: {value!r}, but {expected[name]!r} was sent")
                    return 1
            count += 1
    if sent or not count:
        print(f"{len(sent)} spans are missing")
        return 1
    print(f"{count} spans as they were sent; columns not read: {sorted(unreadable) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
