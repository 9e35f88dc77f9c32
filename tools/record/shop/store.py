"""A traced SQLite database."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opentelemetry.trace import SpanKind

from shop import telemetry

_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(\w+)", re.IGNORECASE)


class Store:
    """One database file; each thread has its own connection to it."""

    def __init__(self, folder: Path, name: str, schema: str = "") -> None:
        self._path = folder / f"{name}.db"
        self._name = name
        self._local = threading.local()
        self._tracer = telemetry.tracer("shop.store", "0.9.3")
        if schema:
            self._connection().executescript(schema)

    def _connection(self) -> sqlite3.Connection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.row_factory = sqlite3.Row
            self._local.connection = connection
        return connection

    def run(self, sql: str, *params: Any, show: bool = False) -> list[dict[str, Any]]:
        """Execute one statement in a client span and return its rows.

        With `show`, the span also carries the parameters: an array of mixed types.
        """
        operation = sql.split(None, 1)[0].upper()
        table = _TABLE.search(sql)
        name = f"{operation} {table[1]}" if table else operation
        attributes: dict[str, Any] = {
            "db.system": "sqlite",
            "db.name": self._name,
            "db.operation": operation,
            "db.statement": sql,
        }
        if table:
            attributes["db.sql.table"] = table[1]
        if show:
            attributes["db.query.parameters"] = list(params)
        with telemetry.span(self._tracer, name, SpanKind.CLIENT, attributes) as span:
            cursor = self._connection().execute(sql, params)
            rows = [dict(row) for row in cursor.fetchall()]
            span.set_attribute("db.rows", len(rows) if operation == "SELECT" else max(cursor.rowcount, 0))
            return rows

    def quiet(self, sql: str, *params: Any) -> list[dict[str, Any]]:
        """Execute one statement without a span, for set-up and polling."""
        return [dict(row) for row in self._connection().execute(sql, params).fetchall()]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in one write transaction, with a span around it."""
        connection = self._connection()
        with telemetry.span(
            self._tracer, "transaction", attributes={"db.system": "sqlite", "db.name": self._name}
        ) as span:
            connection.execute("BEGIN IMMEDIATE")
            span.add_event("lock acquired")
            try:
                yield
            except Exception:
                connection.execute("ROLLBACK")
                span.set_attribute("db.committed", False)
                raise
            connection.execute("COMMIT")
            span.set_attribute("db.committed", True)
