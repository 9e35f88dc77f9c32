"""HTTP between the shop's processes: a tiny router and client, both traced."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode

from shop import telemetry

HOST = "127.0.0.1"
# Nothing listens at "reviews": calls to it fail, as calls to a retired service do.
OFFSETS = {"gateway": 0, "catalog-1": 1, "catalog-2": 2, "orders": 3, "payments": 4, "reviews": 9}


class HttpError(Exception):
    """A reply other than success, raised by a handler or seen by the client."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Request:
    """What a handler gets to see of one HTTP request."""

    args: dict[str, str]
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any
    span: Span


Handler = Callable[[Request], Any]


def port_of(name: str) -> int:
    """Return the port of a process, or of one instance of it."""
    return int(os.environ["SHOP_PORT"]) + OFFSETS[name]


class Router:
    """Maps method and path template to a handler, and serves it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tracer = telemetry.tracer("shop.web.server", "2.1.0", {"scope.transport": "http/1.1"})
        self._routes: list[tuple[str, str, re.Pattern[str], Handler]] = []

    def route(self, method: str, template: str) -> Callable[[Handler], Handler]:
        """Register a handler; `{id}` in the template matches one path segment."""
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + "$")

        def register(handler: Handler) -> Handler:
            self._routes.append((method, template, pattern, handler))
            return handler

        return register

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Run the matching handler inside a server span."""
        url = urlsplit(target)
        template, handler, args = "", None, {}
        for verb, candidate, pattern, function in self._routes:
            match = pattern.match(url.path)
            if verb == method and match:
                template, handler, args = candidate, function, match.groupdict()
                break
        attributes: dict[str, Any] = {
            "http.request.method": method,
            "url.path": url.path,
            "url.scheme": "http",
            "server.port": port_of(self._name),
        }
        if template:
            attributes["http.route"] = template
        if url.query:
            attributes["url.query"] = url.query
        if "User-Agent" in headers:
            attributes["user_agent.original"] = headers["User-Agent"]
        if "X-Experiment" in headers:
            attributes["shop.experiment"] = headers["X-Experiment"]
        if body:
            attributes["http.request.body.size"] = len(body)
        context = propagate.extract({key.lower(): value for key, value in headers.items()})
        links = []
        if "X-Campaign" in headers:
            # The visitor followed a mailing, whose own trace went to somebody else's collector.
            mailing = propagate.extract({"traceparent": headers["X-Campaign"]}, Context())
            links = [Link(trace.get_current_span(mailing).get_span_context(), {"link.reason": "campaign"})]
        # A handler's exception ends here, so the span is failed by hand and only for 5xx.
        with self._tracer.start_as_current_span(
            f"{method} {template}".strip(), context, SpanKind.SERVER, attributes, links
        ) as span:
            try:
                if handler is None:
                    raise HttpError(404, f"no route for {url.path}")
                query = dict(parse_qsl(url.query))
                status, reply = 200, handler(Request(args, query, headers, json.loads(body) if body else None, span))
            except HttpError as error:
                status, reply = error.status, {"error": str(error)}
                if status >= 500:
                    telemetry.fail(span, error)
            except Exception as error:
                status, reply = 500, {"error": f"{type(error).__name__}: {error}"}
                telemetry.fail(span, error)
            data = json.dumps(reply).encode()
            span.set_attribute("http.response.status_code", status)
            span.set_attribute("http.response.body.size", len(data))
        return status, data


def serve(name: str, router: Router, provider: TracerProvider) -> None:
    """Serve until SIGTERM, then flush the spans that are still queued."""

    class Wire(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, data = router.answer(self.command, self.path, dict(self.headers), body)
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except ConnectionError:
                pass  # The caller has given up: its own span tells of the timeout.

        do_GET = do_POST = do_PUT = do_DELETE = _handle

        def log_message(self, format: str, *args: Any) -> None:
            """Keep the terminal quiet: the traces are the log."""

    server = ThreadingHTTPServer((HOST, port_of(name)), Wire)
    server.daemon_threads = False
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    provider.shutdown()


class Client:
    """Calls other processes inside client spans, with the context in W3C headers."""

    def __init__(self) -> None:
        self._tracer = telemetry.tracer("shop.web.client", "2.1.0")

    def call(
        self,
        target: str,
        method: str,
        template: str,
        body: Any = None,
        timeout: float = 5.0,
        resend: int = 0,
        **args: Any,
    ) -> Any:
        """Send one request and return the decoded reply; raise `HttpError` on 4xx and 5xx."""
        path = template.format(**{key: quote(str(value)) for key, value in args.items()})
        attributes: dict[str, Any] = {
            "http.request.method": method,
            "server.address": HOST,
            "server.port": port_of(target),
            "url.full": f"http://{HOST}:{port_of(target)}{path}",
            "peer.service": target.split("-")[0],
        }
        if resend:
            attributes["http.request.resend_count"] = resend
        with telemetry.span(self._tracer, f"{method} {template}", SpanKind.CLIENT, attributes) as span:
            headers = {"Content-Type": "application/json"}
            propagate.inject(headers)
            connection = HTTPConnection(HOST, port_of(target), timeout=timeout)
            try:
                connection.request(method, path, json.dumps(body) if body is not None else None, headers)
                response = connection.getresponse()
                data = response.read()
            except OSError as error:
                span.set_attribute("error.type", type(error).__name__)
                raise
            finally:
                connection.close()
            span.set_attribute("http.response.status_code", response.status)
            reply = json.loads(data)
            if response.status >= 400:
                span.set_attribute("error.type", str(response.status))
                if response.status == 404:
                    # A miss is an answer, not an exception: the status alone says so.
                    span.set_status(Status(StatusCode.ERROR))
                    return None
                raise HttpError(response.status, reply["error"])
            return reply

    def retry(self, attempts: int, target: str, method: str, template: str, **options: Any) -> Any:
        """Call again after a time-out or a 503, a little later each time."""
        for attempt in range(attempts):
            try:
                return self.call(target, method, template, resend=attempt, **options)
            except (OSError, HttpError) as error:
                final = attempt + 1 == attempts or (isinstance(error, HttpError) and error.status != 503)
                if final:
                    raise
                backoff = 0.02 * 2**attempt
                trace.get_current_span().add_event(
                    "retry",
                    {"retry.attempt": attempt + 1, "retry.backoff_s": backoff, "retry.reason": type(error).__name__},
                )
                time.sleep(backoff)
        raise AssertionError("unreachable")
