"""The catalogue: products, search, stock. Two instances share one database."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from opentelemetry import trace

from shop import goods, telemetry
from shop.store import Store
from shop.web import HttpError, Request, Router, serve

SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    id INTEGER PRIMARY KEY, sku TEXT, name TEXT, price REAL, category INTEGER, tags TEXT, ratings TEXT,
    stock INTEGER CHECK (stock >= 0));
"""

INSTANCE = sys.argv[1] if len(sys.argv) > 1 else "1"
NAME = f"catalog-{INSTANCE}"
PROVIDER = telemetry.start("catalog", "3.2.0", INSTANCE)
TRACER = telemetry.tracer("shop.catalog", "3.2.0", {"scope.shards": 2, "scope.experimental": False})
STORE = Store(Path(os.environ["SHOP_DATA"]), "catalog", SCHEMA)
ROUTER = Router(NAME)


def fill() -> None:
    """Put the goods into the database; the second instance finds them there."""
    for item in goods.products():
        STORE.quiet(
            "INSERT OR IGNORE INTO products VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(item.id, item.sku, item.name, item.price, item.category),
            *(json.dumps(item.tags), json.dumps(item.ratings), item.stock),
        )


def describe(row: dict[str, Any]) -> dict[str, Any]:
    """Turn a database row into what callers see, and put its values on the current span."""
    tags, ratings = json.loads(row["tags"]), json.loads(row["ratings"])
    # The mean of no ratings is not a number, and is recorded as such.
    mean = sum(ratings) / len(ratings) if ratings else float("nan")
    trace.get_current_span().set_attributes(
        {
            "product.id": row["id"],
            "product.name": row["name"],
            "product.tags": tags,
            "product.ratings": ratings,
            "product.rating.mean": mean,
            "product.in_stock": row["stock"] > 0,
        }
    )
    return {**row, "tags": tags, "ratings": ratings}


@ROUTER.route("GET", "/products/{id}")
def product(request: Request) -> Any:
    """Look one product up."""
    rows = STORE.run("SELECT * FROM products WHERE id = ?", int(request.args["id"]), show=True)
    if not rows:
        raise HttpError(404, f"no product {request.args['id']}")
    return describe(rows[0])


@ROUTER.route("GET", "/featured/{tag}")
def featured(request: Request) -> Any:
    """Return a few products with a tag."""
    pattern = f'%"{request.args["tag"]}"%'
    rows = STORE.run("SELECT id, name, price FROM products WHERE tags LIKE ? ORDER BY id LIMIT 6", pattern)
    request.span.set_attributes({"catalog.tag": request.args["tag"], "catalog.prices": [row["price"] for row in rows]})
    return rows


@ROUTER.route("GET", "/search/{words}")
def search(request: Request) -> Any:
    """Find products by words; a single letter makes for a slow scan."""
    words = request.args["words"].replace("%20", " ").split()
    found: list[dict[str, Any]] = []
    with telemetry.span(TRACER, "match words", attributes={"search.words": words}) as span:
        for word in words:
            if len(word) < 2:
                span.add_event("slow scan", {"search.word": word})
                time.sleep(0.12)
            found += STORE.run("SELECT id, name FROM products WHERE name LIKE ? LIMIT 20", f"%{word}%")
        span.set_attribute("search.hits", len(found))
        span.set_attribute("search.exact", [row["name"] in words for row in found[:8]])
    return found


@ROUTER.route("POST", "/reserve")
def reserve(request: Request) -> Any:
    """Take goods out of stock, all or nothing: the database refuses to go below zero."""
    with STORE.transaction():
        for identity, count in request.body["items"]:
            STORE.run("UPDATE products SET stock = stock - ? WHERE id = ?", count, identity, show=True)
    return {"reserved": True}


@ROUTER.route("POST", "/release")
def release(request: Request) -> Any:
    """Put goods back after a failed payment."""
    with STORE.transaction():
        for identity, count in request.body["items"]:
            STORE.run("UPDATE products SET stock = stock + ? WHERE id = ?", count, identity, show=True)
    return {"released": True}


def index(category: int, depth: int) -> int:
    """Index a category and those below it: the trace gets as deep as the tree."""
    with telemetry.span(
        TRACER, "index category", attributes={"category.id": category, "category.depth": depth}
    ) as span:
        rows = STORE.run("SELECT name FROM products WHERE category = ?", category)
        for number, row in enumerate(rows):
            with telemetry.span(TRACER, "index product", attributes={"product.name": row["name"]}) as inner:
                inner.set_attribute("index.score", -0.5 * depth - number)
            span.add_event("indexed", {"product.name": row["name"]})
        return len(rows) + sum(index(child, depth + 1) for child in goods.children(category))


@ROUTER.route("POST", "/reindex")
def reindex(_request: Request) -> Any:
    """Walk the whole category tree."""
    return {"indexed": index(0, 0)}


fill()
serve(NAME, ROUTER, PROVIDER)
