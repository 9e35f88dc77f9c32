"""The order service: reserves goods, charges the card, queues the paperwork."""

from __future__ import annotations

import json
import os
import threading
import time
import zlib
from pathlib import Path
from typing import Any

from opentelemetry import context, propagate, trace
from opentelemetry.trace import SpanKind

from shop import telemetry
from shop.store import Store
from shop.web import Client, HttpError, Request, Router, serve

SCHEMA = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, reference TEXT, user INTEGER, cents INTEGER, items TEXT);
CREATE TABLE jobs (id INTEGER PRIMARY KEY, kind TEXT, order_id INTEGER, contexts TEXT, queued REAL);
CREATE TABLE audit (order_id INTEGER, line TEXT);
"""

PROVIDER = telemetry.start("orders", "4.11.2")
TRACER = telemetry.tracer("shop.orders", "4.11.2")
STORE = Store(Path(os.environ["SHOP_DATA"]), "orders", SCHEMA)
CLIENT = Client()
ROUTER = Router("orders")


def queue(kind: str, order: int) -> None:
    """Queue a job together with the context of the span that queued it."""
    attributes = {
        "messaging.system": "sqlite",
        "messaging.destination.name": "jobs",
        "messaging.operation.type": "send",
        "job.kind": kind,
    }
    with telemetry.span(TRACER, "send jobs", SpanKind.PRODUCER, attributes) as span:
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        STORE.run(
            "INSERT INTO jobs (kind, order_id, contexts, queued) VALUES (?, ?, ?, ?)",
            *(kind, order, json.dumps([carrier]), time.time()),
        )
        span.set_attribute("messaging.message.id", f"{kind}-{order}")


def audit(order: int, parent: context.Context) -> None:
    """Write the audit line late: this span outlives the request that it belongs to."""
    with telemetry.span(TRACER, "audit", attributes={"order.id": order}, context=parent):
        time.sleep(0.03)
        STORE.run("INSERT INTO audit VALUES (?, ?)", order, f"order {order} placed")


def price(items: list[list[int]]) -> tuple[list[str], list[float]]:
    """Ask the catalogue for names and prices."""
    names, prices = [], []
    with telemetry.span(TRACER, "price items", attributes={"order.items.count": len(items)}):
        for number, (identity, _count) in enumerate(items):
            found = CLIENT.call(f"catalog-{number % 2 + 1}", "GET", "/products/{id}", id=identity)
            if found is None:
                raise HttpError(422, f"product {identity} is not for sale")
            names.append(found["name"])
            prices.append(found["price"])
    return names, prices


@ROUTER.route("POST", "/orders")
def place(request: Request) -> Any:
    """Place an order; give the goods back if the card fails."""
    user, items, card = request.body["user"], request.body["items"], request.body["card"]
    names, prices = price(items)
    cents = round(sum(cost * count for cost, (_, count) in zip(prices, items, strict=True)) * 100)
    reference = f"{user}-{zlib.crc32(json.dumps([user, items, time.time()]).encode()):08x}"
    request.span.set_attributes(
        {
            "order.reference": reference,
            "order.total": cents / 100,
            "order.item.ids": [identity for identity, _ in items],
            "order.item.names": names,
            "order.item.prices": prices,
            "order.item.several": [count > 1 for _, count in items],
            "order.checksum": zlib.crc32(reference.encode()).to_bytes(4, "big"),
        }
    )
    try:
        CLIENT.call("catalog-1", "POST", "/reserve", {"items": items})
    except HttpError as error:
        raise HttpError(409, f"out of stock: {error}") from error
    charge = {"reference": reference, "user": user, "card": card, "cents": cents}
    try:
        CLIENT.retry(3, "payments", "POST", "/charges", body=charge, timeout=0.25)
    except HttpError as error:
        CLIENT.call("catalog-2", "POST", "/release", {"items": items})
        raise HttpError(402 if error.status == 402 else 502, f"payment failed: {error}") from error
    with STORE.transaction():
        STORE.run(
            "INSERT INTO orders (reference, user, cents, items) VALUES (?, ?, ?, ?)",
            *(reference, user, cents, json.dumps(items)),
        )
        identity = STORE.quiet("SELECT last_insert_rowid() AS id")[0]["id"]
        for kind in ("mail", "invoice"):
            queue(kind, identity)
    trace.get_current_span().add_event("order placed", {"order.id": identity})
    threading.Thread(target=audit, args=(identity, context.get_current())).start()
    return {"id": identity, "reference": reference}


@ROUTER.route("GET", "/orders/{id}")
def order(request: Request) -> Any:
    """Return one order."""
    rows = STORE.run("SELECT * FROM orders WHERE id = ?", int(request.args["id"]))
    if not rows:
        raise HttpError(404, "no such order")
    return rows[0]


serve("orders", ROUTER, PROVIDER)
