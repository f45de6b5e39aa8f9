"""Exchange rates: kept by day, looked up by day, and never guessed (TX-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from django.db import transaction

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.money import RATE_PLACES
from counterfoil.crm.finance import feed
from counterfoil.crm.finance.errors import FeedRefused, RateMissing
from counterfoil.crm.finance.models import Currency, HandRate, RatesState, ReferenceRate
from counterfoil.database import bulk

# Banks close over Christmas and Easter; a gap longer than this means that nobody refreshed.
OLDEST_DAYS = 10
EURO = "EUR"
BY_HAND = "set by hand"
HOME = "home currency"

_EXACT = Context(prec=40, rounding=ROUND_HALF_UP)
_PLACES = Decimal(1).scaleb(-RATE_PLACES)
_ONE_STATE = 1
HISTORY = dt.timedelta(days=3 * 366)  # how far back the bundled rates are kept
# The Bank's feed has 90 days: who has older rates has had the bundled history.
FEED_COVERS = dt.timedelta(days=100)
_Quotes = dict[str, dict[dt.date, tuple[Decimal, str]]]


@dataclass(frozen=True)
class Rate:
    """Units of the currency per one unit of home currency, of the day `on`, and who says so."""

    value: Decimal
    on: dt.date
    source: str


def rate_on(company: OperatingCompany, currency: str, on: dt.date) -> Rate:
    """The rate of `currency` for a document of day `on`; raises RateMissing, never assumes 1.

    A rate set by hand counts from its day on until another is set. Otherwise it is the cross rate
    over the euro of the newest day, at most 10 days back, for which the Bank quotes both currencies.
    """
    found = rates_on(company, [currency], on)
    if currency in found:
        return found[currency]
    raise RateMissing(_missing(company.home_currency, currency, on), currency=currency, on=on)


def rates_on(company: OperatingCompany, currencies: Collection[str], on: dt.date) -> dict[str, Rate]:
    """As `rate_on`, for several at once in two queries; currencies without a rate are left out."""
    home = company.home_currency
    by_hand = {
        rate.currency: Rate(rate.per_home, rate.on, BY_HAND)
        for rate in HandRate.objects.of(company).filter(currency__in=currencies, on__lte=on).order_by("on")
    }
    per_euro: _Quotes = {}
    window = (on - dt.timedelta(days=OLDEST_DAYS), on)
    quoted = ReferenceRate.objects.filter(currency__in={*currencies, home} - {EURO}, on__range=window)
    for row in quoted:
        per_euro.setdefault(row.currency, {})[row.on] = (row.per_euro, row.source)
    found = {code: rate for code in currencies if (rate := _cross(per_euro, home, code)) is not None}
    own = {home: Rate(Decimal(1), on, HOME)} if home in currencies else {}
    return found | by_hand | own


def _cross(per_euro: _Quotes, home: str, currency: str) -> Rate | None:
    """Both sides of one and the same day, the newest there is."""
    ours, theirs = per_euro.get(home, {}), per_euro.get(currency, {})
    sides = [quoted for code, quoted in ((home, ours), (currency, theirs)) if code != EURO]
    days = set.intersection(*(set(quoted) for quoted in sides)) if sides else set()
    if not days:
        return None
    on = max(days)
    one = (Decimal(1), "")  # euros per euro
    (foreign, source), (own, own_source) = theirs.get(on, one), ours.get(on, one)
    value = _EXACT.divide(foreign, own).quantize(_PLACES, context=_EXACT)
    return Rate(value, on, source or own_source) if value else None


def _missing(home: str, currency: str, on: dt.date) -> str:
    sides = {home, currency} - {EURO}
    newest = ReferenceRate.objects.filter(currency__in=sides, on__lte=on).order_by("-on").first()
    known = (
        f"the newest one known is of {newest.on:%d %B %Y}, more than {OLDEST_DAYS} days before"
        if newest
        else "none is known"
    )
    return (
        f"There is no exchange rate from {home} to {currency} for {on:%d %B %Y}: {known}. Nothing was saved. "
        "Refresh the reference rates, or set a rate by hand under Currencies."
    )


def reference_rates_load_bundled(currencies: Collection[str], since: dt.date) -> int:
    """Store the bundled history of `currencies` since a day, but no day that is there; returns how many rates it has.

    The euro needs no rates. Currencies the Bank does not quote have none.
    """
    with transaction.atomic():
        return _store(feed.bundled(currencies, since), source="bundled history", is_history=True)


def reference_rates_refresh(fetch: Callable[[], bytes] | None, *, at: dt.datetime) -> int:
    """Fetch today's reference rates and store them; returns how many of them were stored.

    First, currencies in use that have no rates yet get theirs from the bundled history. Whatever
    goes wrong with the feed, the stored rates stay as they are and the state says in a sentence what
    happened. `fetch` returns the body of the Bank's XML feed and raises when it cannot; without it
    the bundled history is all there is.
    """
    _bundled_where_missing(at)
    if fetch is None:
        RatesState.objects.filter(pk=rates_state().pk).update(checked_at=at, problem="")
        return 0
    try:
        quoted = feed.parse(fetch())
        _plausible(quoted, at)
    except FeedRefused as refusal:
        _state_problem(f"{refusal} The rates on hand stay in use; it is tried again within six hours.", at)
        return 0
    except Exception as error:  # noqa: BLE001  # any client may be behind fetch, and none may stop the caller
        _state_problem(
            f"The rates service could not be reached ({str(error) or type(error).__name__}). The rates on hand stay "
            "in use; it is tried again within six hours.",
            at,
        )
        return 0
    with transaction.atomic():
        stored = _store(quoted, source=quoted[0].source)
        RatesState.objects.filter(pk=_ONE_STATE).update(checked_at=at, refreshed_at=at, problem="")
    return stored


def _bundled_where_missing(at: dt.datetime) -> None:
    history_ensure(
        {
            *Currency.objects.values_list("code", flat=True).distinct(),
            *OperatingCompany.objects.values_list("home_currency", flat=True).distinct(),
        },
        at=at,
    )


def history_ensure(currencies: Collection[str], *, at: dt.datetime) -> None:
    """Load the bundled history of currencies that have no rates from before the feed's, whatever the feed brought."""
    old = ReferenceRate.objects.filter(currency__in=currencies, on__lt=at.date() - FEED_COVERS)
    if without := set(currencies) - set(old.values_list("currency", flat=True).distinct()) - {EURO}:
        reference_rates_load_bundled(without, at.date() - HISTORY)


def rates_checked_at() -> dt.datetime | None:
    """When a refresh was last tried; None: never."""
    return rates_state().checked_at


def rates_state() -> RatesState:
    """How the refresh of reference rates stands."""
    return RatesState.objects.get_or_create(pk=_ONE_STATE)[0]


def _plausible(quoted: Iterable[feed.Quoted], at: dt.datetime) -> None:
    newest = max(rate.on for rate in quoted)
    if newest > at.date() + dt.timedelta(days=1):
        raise FeedRefused(f"The rates service sent rates of {newest:%d %B %Y}, which is still to come.")


def _store(quoted: Iterable[feed.Quoted], *, source: str, is_history: bool = False) -> int:
    """Days of the history that are there stay as they are: the feed corrects, the history does not."""
    rates = list({(rate.currency, rate.on): rate for rate in quoted}.values())
    if is_history:
        bulk.insert_new(ReferenceRate, feed.Quoted._fields, rates)
    else:
        bulk.upsert(ReferenceRate, ("currency", "on"), feed.Quoted._fields, rates)
    if rates:
        newest = max(rate.on for rate in rates)
        state = rates_state()
        if state.newest_on is None or newest >= state.newest_on:
            RatesState.objects.filter(pk=state.pk).update(newest_on=newest, source=source)
    return len(rates)


def _state_problem(sentence: str, at: dt.datetime) -> None:
    state = rates_state()
    RatesState.objects.filter(pk=state.pk).update(checked_at=at, problem=sentence)
