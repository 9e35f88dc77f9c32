"""The gateway: what a browser talks to. Keeps users and carts, asks the rest."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from opentelemetry import context
from opentelemetry.trace import Status, StatusCode

from shop import telemetry
from shop.store import Store
from shop.web import Client, HttpError, Request, Router, serve

SCHEMA = """
CREATE TABLE carts (user INTEGER, product INTEGER, count INTEGER, PRIMARY KEY (user, product));
"""

PROVIDER = telemetry.start("gateway", "7.0.1")
TRACER = telemetry.tracer("shop.gateway", "7.0.1")
STORE = Store(Path(os.environ["SHOP_DATA"]), "gateway", SCHEMA)
CLIENT = Client()
ROUTER = Router("gateway")
POOL = ThreadPoolExecutor(4)
TURNS = itertools.count()


def catalog() -> str:
    """Pick the catalogue instances in turn."""
    return f"catalog-{next(TURNS) % 2 + 1}"


def login(request: Request, user: int) -> None:
    """Check who asks: a token that does not match the user is refused."""
    with telemetry.span(TRACER, "check token", attributes={"user.id": user}) as span:
        token = request.headers.get("X-Token", "")
        if token != f"t{user}":
            raise HttpError(401, f"bad token {token!r}")
        span.set_attribute("user.premium", user % 5 == 0)
        span.set_status(Status(StatusCode.OK))


@ROUTER.route("GET", "/")
def home(_request: Request) -> Any:
    """Ask for three shelves at once: sibling spans that overlap."""
    parent = context.get_current()

    def shelf(tag: str) -> Any:
        token = context.attach(parent)
        try:
            return CLIENT.call(catalog(), "GET", "/featured/{tag}", tag=tag)
        finally:
            context.detach(token)

    return list(POOL.map(shelf, ["new", "sale", "gift"]))


@ROUTER.route("GET", "/search")
def search(request: Request) -> Any:
    """Search the catalogue."""
    words = request.query.get("q", "")
    if not words:
        raise HttpError(400, "nothing to search for")
    return CLIENT.call(catalog(), "GET", "/search/{words}", words=words)


@ROUTER.route("GET", "/products/{id}")
def product(request: Request) -> Any:
    """Show a product, and its reviews if that service is up."""
    found = CLIENT.call(catalog(), "GET", "/products/{id}", id=request.args["id"])
    if found is None:
        raise HttpError(404, f"no product {request.args['id']}")
    with telemetry.span(TRACER, "render page", attributes={"page.template": "product.html"}) as span:
        if "reviews" in request.query:
            try:
                CLIENT.call("reviews", "GET", "/reviews/{id}", id=found["id"])
            except OSError as error:
                span.add_event("page degraded", {"page.missing": ["reviews"], "error.type": type(error).__name__})
        span.set_attribute("page.degraded", "reviews" in request.query)
    return found


@ROUTER.route("POST", "/cart/{user}/items")
def add(request: Request) -> Any:
    """Put a product into the cart."""
    user, item = int(request.args["user"]), request.body
    login(request, user)
    STORE.run(
        "INSERT INTO carts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        *(user, item["product"], item["count"]),
    )
    return {"added": item["product"]}


@ROUTER.route("POST", "/checkout/{user}")
def checkout(request: Request) -> Any:
    """Turn the cart into an order."""
    user = int(request.args["user"])
    login(request, user)
    rows = STORE.run("SELECT product, count FROM carts WHERE user = ?", user)
    if not rows:
        raise HttpError(400, "the cart is empty")
    request.span.set_attribute("cart", {f"p{row['product']}": row["count"] for row in rows})
    items = [[row["product"], row["count"]] for row in rows]
    try:
        return CLIENT.call("orders", "POST", "/orders", {"user": user, "items": items, "card": request.body["card"]})
    finally:
        STORE.run("DELETE FROM carts WHERE user = ?", user)


@ROUTER.route("GET", "/orders/{id}")
def order(request: Request) -> Any:
    """Show an order."""
    found = CLIENT.call("orders", "GET", "/orders/{id}", id=request.args["id"])
    if found is None:
        raise HttpError(404, "no such order")
    return found


@ROUTER.route("POST", "/admin/reindex")
def reindex(_request: Request) -> Any:
    """Have the catalogue rebuild its index: one trace with many spans."""
    return CLIENT.call(catalog(), "POST", "/reindex", timeout=20.0)


serve("gateway", ROUTER, PROVIDER)
