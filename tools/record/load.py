"""A bounded load on the shop's gateway: a fixed number of requests from a few clients.

Loopback only. A visitor's random walk depends on the seed alone, and each client stops at
its share of the requests or at the deadline, whichever comes first.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from typing import Any

AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    "Mozilla/5.0 (Macintosh) Safari/605.1.15",
    "ShopApp/9.2 (Android 16)",
    "price-bot/1.1",
]
WORDS = ["lamp", "oak", "blue mug", "señora", "日本 teapot", "a", "brass clock", "x rug", "Käthe vase", "unicorn"]
CARDS = (
    ["visa-ok"] * 15
    + ["amex-ok"] * 8
    + ["visa-slow", "amex-slow", "amex-flaky", "visa-declined", "amex-declined", "diners-ok"]
)


class Visitor:
    """One client: does a random walk through the shop."""

    def __init__(self, port: int, seed: int, deadline: float) -> None:
        self._port = port
        self._dice = random.Random(seed)
        self._deadline = deadline
        self._orders: list[int] = []
        self.statuses: Counter[int] = Counter()
        self.sent = 0

    def _send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        headers["User-Agent"] = self._dice.choice(AGENTS)
        if self._dice.random() < 0.15:
            headers["X-Experiment"] = self._dice.choice("ab")
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        reply = json.loads(response.read())
        connection.close()
        self.statuses[response.status] += 1
        self.sent += 1
        return reply if response.status == 200 else None

    def _product(self) -> int:
        # Few products are popular, many are rare, and one in fifty does not exist.
        return 9999 if self._dice.random() < 0.02 else 1 + int(240 * self._dice.random() ** 2)

    def _shop(self) -> None:
        user = self._dice.randint(1, 97)
        token = f"t{user}" if self._dice.random() > 0.03 else "stale"
        for _ in range(self._dice.randint(1, 3)):
            item = {"product": self._product(), "count": self._dice.choice([1, 1, 1, 2, 3])}
            self._send("POST", f"/cart/{user}/items", item, X_Token=token)
        placed = self._send("POST", f"/checkout/{user}", {"card": self._dice.choice(CARDS)}, X_Token=token)
        if placed:
            self._orders.append(placed["id"])

    def _partner(self) -> None:
        """Ask as a partner does whose own spans go elsewhere: ours are orphans of one trace."""
        trace = f"{self._dice.getrandbits(128):032x}"
        for _ in range(self._dice.randint(1, 3)):
            parent = f"00-{trace}-{self._dice.getrandbits(64):016x}-01"
            state = f"partner=p{self._dice.randint(1, 5)},other@vendor=k:{self._dice.randint(10, 99)}"
            self._send("GET", f"/products/{self._product()}", traceparent=parent, tracestate=state)

    def _step(self) -> None:
        roll = self._dice.random()
        if roll < 0.14:
            mailing = f"00-{self._dice.getrandbits(128):032x}-{self._dice.getrandbits(64):016x}-01"
            self._send("GET", "/", **({"X_Campaign": mailing} if self._dice.random() < 0.2 else {}))
        elif roll < 0.28:
            words = self._dice.choice(WORDS)
            query = "".join(f"%{byte:02X}" for byte in words.encode())
            self._send("GET", f"/search?q={query}" if self._dice.random() > 0.05 else "/search")
        elif roll < 0.62:
            reviews = "?reviews=1" if self._dice.random() < 0.06 else ""
            self._send("GET", f"/products/{self._product()}{reviews}")
        elif roll < 0.80:
            self._shop()
        elif roll < 0.94:
            known = self._orders and self._dice.random() > 0.05
            self._send("GET", f"/orders/{self._dice.choice(self._orders) if known else 4040}")
        elif roll < 0.98:
            self._partner()
        else:
            self._send("GET", self._dice.choice(["/favicon.ico", "/wp-login.php"]))

    def visit(self, requests: int) -> None:
        """Walk until the share of requests is used up."""
        while self.sent < requests and time.monotonic() < self._deadline:
            self._step()
            time.sleep(self._dice.expovariate(1 / 0.05))

    def reindex(self) -> None:
        """Ask for the one request that makes a large trace."""
        self._send("POST", "/admin/reindex")


def main() -> None:
    """Run the load and print how the requests ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    visitors = [Visitor(options.port, options.seed * 1000 + number, deadline) for number in range(options.clients)]
    share = options.requests // options.clients
    threads = [threading.Thread(target=visitor.visit, args=(share,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    visitors[0].reindex()
    for thread in threads:
        thread.join()
    visitors[0].reindex()
    statuses = sum((visitor.statuses for visitor in visitors), Counter())
    print(f"load: {sum(statuses.values())} requests, by status {dict(sorted(statuses.items()))}")


main()
