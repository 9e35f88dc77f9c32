"""The background worker: each job is a trace of its own, linked to the request that queued it."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import SpanLimits
from opentelemetry.trace import Link, SpanKind
from opentelemetry.util.types import AnyValue

from shop import telemetry
from shop.store import Store
from shop.web import Client

BATCH = 16
ATTEMPTS = 3
# Low limits, so that some spans drop links and events and say so.
PROVIDER = telemetry.start("worker", "0.4.0-rc.1", limits=SpanLimits(max_links=10, max_events=4))
TRACER = telemetry.tracer("shop.worker", "0.4.0-rc.1")
STORE = Store(Path(os.environ["SHOP_DATA"]), "orders")
CLIENT = Client()


def links_of(job: dict[str, Any]) -> list[Link]:
    """Link to the request that queued the job, then to each attempt that failed."""
    links = []
    for number, carrier in enumerate(json.loads(job["contexts"])):
        target = trace.get_current_span(propagate.extract(carrier, Context())).get_span_context()
        attributes: dict[str, AnyValue] = (
            {"link.reason": "queued by"} if number == 0 else {"link.reason": "retry of", "link.attempt": number}
        )
        links.append(Link(target, attributes))
    return links


def mail(job: dict[str, Any], attempt: int) -> None:
    """Write a mail; some addresses fail once, a few for ever."""
    order = STORE.run("SELECT * FROM orders WHERE id = ?", job["order_id"])[0]
    with telemetry.span(TRACER, "send mail", attributes={"mail.to": f"user{order['user']}@shop.test"}) as span:
        for word in ("helo", "mail from", "rcpt to", "data", "quit"):
            span.add_event("smtp", {"smtp.command": word})
        if order["user"] % 13 == 0 or (order["user"] % 7 == 0 and attempt == 1):
            raise TimeoutError(f"mailbox of user {order['user']} is busy")
        span.set_attribute("mail.bytes", 900 + order["cents"] % 700)


def invoice(job: dict[str, Any], _attempt: int) -> None:
    """Draw up an invoice out of what the other services know."""
    order = STORE.run("SELECT * FROM orders WHERE id = ?", job["order_id"])[0]
    paid = CLIENT.call("payments", "GET", "/charges/{reference}", reference=order["reference"])
    lines: dict[str, Any] = {}
    for identity, count in json.loads(order["items"])[:2]:
        found = CLIENT.call("catalog-2", "GET", "/products/{id}", id=identity)
        lines[found["sku"]] = {"count": count, "price": found["price"]}
    with telemetry.span(TRACER, "draw invoice") as span:
        span.set_attribute("invoice.lines", lines)
        span.set_attribute("invoice.balance.cents", order["cents"] - paid["cents"])
        span.set_attribute("invoice.refund.cents", -(order["cents"] % 1000))
        span.set_attribute("invoice.serial", 2**53 + 2 * order["id"] + 1)
        span.set_attribute("invoice.note", "")
        span.set_attribute("invoice.attachments", [])
        span.set_attribute("invoice.approver", None)


KINDS = {"mail": mail, "invoice": invoice}


def work(job: dict[str, Any], batch: Link) -> None:
    """Run one job; queue it again, with one more context, if it fails."""
    carriers = json.loads(job["contexts"])
    attempt = len(carriers)
    attributes = {
        "messaging.system": "sqlite",
        "messaging.operation.type": "process",
        "messaging.message.id": f"{job['kind']}-{job['order_id']}",
        "job.attempt": attempt,
        "job.waited_s": time.time() - job["queued"],
    }
    carrier: dict[str, str] = {}
    try:
        with telemetry.span(
            TRACER, f"job {job['kind']}", SpanKind.CONSUMER, attributes, [*links_of(job), batch], Context()
        ) as span:
            propagate.inject(carrier)
            KINDS[job["kind"]](job, attempt)
            span.set_attribute("job.done", True)
    except TimeoutError:
        if attempt < ATTEMPTS:
            STORE.quiet(
                "INSERT INTO jobs (kind, order_id, contexts, queued) VALUES (?, ?, ?, ?)",
                *(job["kind"], job["order_id"], json.dumps([*carriers, carrier]), time.time()),
            )


def receive() -> bool:
    """Take a batch of jobs off the queue and do them; tell whether there were any."""
    jobs = STORE.quiet("SELECT * FROM jobs ORDER BY id LIMIT ?", BATCH)
    if not jobs:
        return False
    links = [link for job in jobs for link in links_of(job)]
    attributes: dict[str, AnyValue] = {
        "messaging.system": "sqlite",
        "messaging.operation.type": "receive",
        "messaging.batch.message_count": len(jobs),
        "job.ids": [job["id"] for job in jobs],
    }
    with telemetry.span(TRACER, "receive jobs", SpanKind.CONSUMER, attributes, links) as span:
        STORE.run("DELETE FROM jobs WHERE id <= ?", jobs[-1]["id"])
        batch = Link(span.get_span_context(), {"link.reason": "received by"})
    for job in jobs:
        work(job, batch)
    return True


def main() -> None:
    """Poll until SIGTERM, and then until the queue is empty."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    rounds = 0
    while True:
        busy = receive()
        if stop.is_set() and not busy:
            break
        rounds += busy
        # A long nap now and then lets a batch grow beyond the link limit.
        stop.wait(1.5 if busy and rounds % 6 == 0 else 0.3)
    PROVIDER.shutdown()


main()
