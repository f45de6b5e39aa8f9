"""Seeds: whole organisations for the stand-in to serve, by name. See ``load``."""

from datetime import UTC, date, datetime
from pathlib import Path

from counterfoil.sandbox.seeds.recorded import recorded_organisation
from counterfoil.sandbox.seeds.shape import Record, SeedData
from counterfoil.sandbox.seeds.sized import global_organisation
from counterfoil.sandbox.seeds.sized_pace import Size
from counterfoil.sandbox.seeds.uk import Extent, uk_organisations

__all__ = ["NAMES", "Record", "SeedData", "load"]

NAMES = ("uk", "global", "sized", "recorded")


def load(
    name: str,
    *,
    seed: int = 1,
    invoices: int | None = None,
    contacts: int | None = None,
    items: int | None = None,
    credit_notes: int | None = None,
    purchase_orders: int | None = None,
    recorded: Path | None = None,
    today: date | None = None,
) -> list[SeedData]:
    """The organisations of seed ``name``: the same records for the same arguments and the same ``today``.

    ``uk`` is the demo (an invented wholesaler and a small sister company), ``global`` a company in US dollars
    with a sales tax, ``sized`` the same in any size, ``recorded`` a real organisation from a folder of Xero
    answers. ``today`` defaults to the date in UTC. Raises ``ValueError`` for an unknown name,
    and for a size that a seed cannot have.
    """
    day = today or datetime.now(UTC).date()
    if name == "uk":
        if contacts is not None or items is not None:
            raise ValueError(
                "The contacts and items of the uk seed are fixed. Nothing was loaded. Choose the seed sized."
            )
        counts = _given(invoices=invoices, credit_notes=credit_notes, purchase_orders=purchase_orders)
        return uk_organisations(seed=seed, today=day, extent=Extent(**counts))
    if name in ("global", "sized"):
        counts = _given(invoices=invoices, contacts=contacts, items=items)
        counts |= _given(credit_notes=credit_notes, purchase_orders=purchase_orders)
        return [global_organisation(_COMPANY[name], size=Size(seed=seed, **counts), today=day)]
    if name == "recorded":
        if recorded is None:
            raise ValueError(
                "The recorded seed needs a folder of Xero answers. Nothing was loaded. Pass one."
            )
        return [recorded_organisation(recorded)]
    raise ValueError(f"There is no seed {name!r}. Nothing was loaded. Choose one of: {', '.join(NAMES)}.")


_COMPANY = {"global": "Ember & Elm Supply Co", "sized": "Ember & Elm Distribution Co"}


def _given(**counts: int | None) -> dict[str, int]:
    """The counts that were given; the others keep their defaults."""
    return {key: count for key, count in counts.items() if count is not None}
