"""OpenTelemetry set-up shared by every process of the shop."""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, Sampler, SamplingResult
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, Tracer, TraceState
from opentelemetry.util.types import AnyValue

SCHEMA_URL = "https://opentelemetry.io/schemas/1.30.0"

# Longer prefixes first: the site-packages folder may lie inside the standard library's.
_PREFIXES = sorted(
    {
        sysconfig.get_paths()["purelib"]: "site-packages",
        sysconfig.get_paths()["stdlib"]: f"python{sys.version_info.major}.{sys.version_info.minor}",
        str(Path(__file__).resolve().parent): "shop",
    }.items(),
    key=lambda pair: -len(pair[0]),
)


class ExperimentSampler(Sampler):
    """Samples everything and writes the visitor's experiment arm into the trace state.

    The trace state then travels through every process, as a vendor's would.
    """

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Mapping[str, AnyValue] | None = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Decide as ALWAYS_ON does, but add the trace state of the experiment."""
        result = ALWAYS_ON.should_sample(parent_context, trace_id, name, kind, attributes, links)
        arm = (attributes or {}).get("shop.experiment")
        if arm:
            result = SamplingResult(result.decision, attributes, TraceState([("shop", f"exp:{arm}")]))
        return result

    def get_description(self) -> str:
        """Name the sampler, as the SDK wants."""
        return "ExperimentSampler"


def start(service: str, version: str, instance: str = "1", limits: SpanLimits | None = None) -> TracerProvider:
    """Install a tracer provider that exports OTLP/HTTP to the recorder.

    The host name is a fixed word, so that a recording tells nothing about the machine.
    Some services compress their exports and some do not, so that the recorder sees both.
    """
    resource = Resource.create(
        {
            "service.name": service,
            "service.namespace": "shop",
            "service.version": version,
            "service.instance.id": f"{service}-{instance}",
            "process.pid": os.getpid(),
            "process.command_args": ["python", "-m", f"shop.{service}", *sys.argv[1:]],
            "process.runtime.name": platform.python_implementation().lower(),
            "process.runtime.version": platform.python_version(),
            "host.name": "recorder",
            "host.cpu.virtual": True,
            "shop.region.weight": 0.75 if service == "catalog" else 1.0,
        },
        SCHEMA_URL,
    )
    provider = TracerProvider(resource=resource, sampler=ParentBased(ExperimentSampler()), span_limits=limits)
    exporter = OTLPSpanExporter(
        endpoint=os.environ["SHOP_OTLP"],
        compression=Compression.Gzip if service in ("gateway", "payments") else Compression.NoCompression,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=700, max_export_batch_size=128))
    trace.set_tracer_provider(provider)
    return provider


def tracer(scope: str, version: str, attributes: Mapping[str, AnyValue] | None = None) -> Tracer:
    """Return the tracer of one instrumentation scope."""
    return trace.get_tracer(scope, version, schema_url=SCHEMA_URL, attributes=attributes)


@contextmanager
def span(
    source: Tracer,
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, AnyValue] | None = None,
    links: Sequence[Link] | None = None,
    context: Context | None = None,
) -> Iterator[Span]:
    """Run a block inside a new span, and record an exception that leaves it.

    The SDK could do the latter itself, but would put absolute paths into the stack trace.
    """
    with source.start_as_current_span(
        name,
        context=context,
        kind=kind,
        attributes=attributes,
        links=links,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            fail(current, error, escaped=True)
            raise


def fail(current: Span, error: Exception, escaped: bool = False) -> None:
    """Mark a span as failed by an exception, with a stack trace free of this machine's paths."""
    stack = "".join(traceback.format_exception(error))
    for prefix, short in _PREFIXES:
        stack = stack.replace(prefix, short)
    current.record_exception(error, attributes={"exception.stacktrace": stack}, escaped=escaped)
    current.set_status(Status(StatusCode.ERROR, f"{type(error).__name__}: {error}"))
