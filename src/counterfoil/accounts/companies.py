"""Make operating companies: each with a colour of its own, so that nobody works in the wrong one."""

from __future__ import annotations

from typing import Any

from django.utils.text import slugify

from counterfoil.accounts.models import OperatingCompany

# Told apart in light and in dark, next to each other and by most people who see few colours.
COLOURS = (
    ("#2f6f4f", "Green"),
    ("#1d5fbf", "Blue"),
    ("#a14f2f", "Rust"),
    ("#6f4bb2", "Violet"),
    ("#b8860b", "Gold"),
    ("#0f7c86", "Teal"),
    ("#a8327e", "Magenta"),
    ("#5b6472", "Grey"),
)


def operating_company_make(name: str, **given: Any) -> OperatingCompany:
    """An operating company called `name`, which nobody has yet; `given` are other fields of it."""
    return OperatingCompany.objects.create(name=name, **({"slug": _slug(name), "colour": _colour()} | given))


def _colour() -> str:
    """The first colour that the fewest companies have."""
    taken = list(OperatingCompany.objects.values_list("colour", flat=True))
    return min((colour for colour, _ in COLOURS), key=taken.count)


def _slug(name: str) -> str:
    """Names that differ in signs only, or have no Latin letters, would be written alike."""
    stem = slugify(name)[:50] or "company"
    taken = set(OperatingCompany.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(one for one in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
