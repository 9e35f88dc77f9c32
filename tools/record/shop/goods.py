"""What the shop sells: made from a seed, so that every process knows the same goods."""

from __future__ import annotations

import random
from dataclasses import dataclass

COUNT = 240
_KINDS = ["teapot", "lamp", "kettle", "chair", "rug", "clock", "vase", "mug", "shelf", "basket"]
_STYLES = ["blue", "oak", "Käthe", "crème", "日本", "linen", "brass", "tiny", "grand", "señora"]
TAGS = ["new", "sale", "gift", "handmade", "last-chance", "eco"]
CATEGORIES = 36


@dataclass(frozen=True)
class Product:
    """One row of the catalogue."""

    id: int
    sku: str
    name: str
    price: float
    stock: int
    category: int
    tags: list[str]
    ratings: list[int]


def products(seed: int = 11) -> list[Product]:
    """Return all products; one in nine has no ratings yet, and a few are nearly sold out."""
    dice = random.Random(seed)
    made = []
    for number in range(1, COUNT + 1):
        kind, style = dice.choice(_KINDS), dice.choice(_STYLES)
        made.append(
            Product(
                id=number,
                sku=f"{kind[:3].upper()}-{number:04d}",
                name=f"{style} {kind}",
                price=round(dice.uniform(2, 300), 2),
                stock=dice.choice([2, 5, 400, 400, 400, 400]),
                category=dice.randrange(CATEGORIES),
                tags=dice.sample(TAGS, dice.randrange(4)),
                ratings=[] if number % 9 == 0 else [dice.randint(1, 5) for _ in range(dice.randint(1, 6))],
            )
        )
    return made


def children(category: int) -> list[int]:
    """Return the subcategories of a category: a long spine with two leaves at every step."""
    if category % 3:
        return []
    return [child for child in range(category + 1, category + 4) if child < CATEGORIES]
