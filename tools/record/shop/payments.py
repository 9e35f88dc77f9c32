"""The payment service: it declines, dawdles and breaks, depending on the card."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

from opentelemetry.trace import Status, StatusCode

from shop import telemetry
from shop.store import Store
from shop.web import HttpError, Request, Router, serve

SCHEMA = """
CREATE TABLE charges (reference TEXT PRIMARY KEY, user TEXT, cents INTEGER, attempts INTEGER);
"""

PROVIDER = telemetry.start("payments", "1.0.7")
TRACER = telemetry.tracer("shop.payments", "1.0.7")
STORE = Store(Path(os.environ["SHOP_DATA"]), "payments", SCHEMA)
ROUTER = Router("payments")
FEES = {"visa": 0.014, "amex": 0.029}


class CardDeclined(Exception):
    """The bank said no."""


def authorize(card: str, cents: int, first: bool) -> float:
    """Ask the bank, which is a name on the card here, and return the fee."""
    brand, _, mood = card.partition("-")
    with telemetry.span(TRACER, "authorize card", attributes={"card.brand": brand}) as span:
        digest = hashlib.sha256(f"{card}:{cents}".encode()).digest()
        # Raw bytes, as a signature is: most of them are no text in any encoding.
        span.set_attribute("payment.signature", digest[:6])
        span.set_attribute("payment.amount.cents", cents)
        span.add_event("bank asked", {"bank.frame": b"\x00\xff" + brand.encode(), "bank.secure": True})
        if mood == "slow" and first:
            time.sleep(0.4)
        if mood == "flaky" and first:
            raise ConnectionResetError("bank hung up")
        if mood == "declined":
            raise CardDeclined(f"{brand}: insufficient funds")
        fee = FEES[brand] * cents / 100
        span.set_attribute("payment.fee", fee)
        span.set_status(Status(StatusCode.OK))
        return fee


@ROUTER.route("POST", "/charges")
def charge(request: Request) -> Any:
    """Charge a card once for each reference, however often the caller asks."""
    body = request.body
    # The user id is an integer in the gateway and text here, as happens between teams.
    request.span.set_attributes({"user.id": str(body["user"]), "payment.reference": body["reference"]})
    rows = STORE.run("SELECT attempts FROM charges WHERE reference = ?", body["reference"])
    if not rows:
        STORE.run("INSERT INTO charges VALUES (?, ?, ?, 1)", body["reference"], str(body["user"]), body["cents"])
    else:
        STORE.run("UPDATE charges SET attempts = attempts + 1 WHERE reference = ?", body["reference"])
    try:
        fee = authorize(body["card"], body["cents"], first=not rows)
    except CardDeclined as error:
        raise HttpError(402, str(error)) from error
    except ConnectionResetError as error:
        raise HttpError(503, "bank unreachable") from error
    return {"fee": fee}


@ROUTER.route("GET", "/charges/{reference}")
def receipt(request: Request) -> Any:
    """Return what was charged."""
    rows = STORE.run("SELECT * FROM charges WHERE reference = ?", request.args["reference"])
    if not rows:
        raise HttpError(404, "no such charge")
    return rows[0]


serve("payments", ROUTER, PROVIDER)
