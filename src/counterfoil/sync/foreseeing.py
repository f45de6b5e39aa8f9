"""What a change of the import settings would do, counted before it is saved (IS-1 to IS-5, IS-8, IS-10). Nothing is written."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core import budget
from counterfoil.crm.customers import services as customers
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.crm.finance.selectors import currency_counts
from counterfoil.crm.products.models import ProductItem
from counterfoil.sync import wiring
from counterfoil.sync.models import (
    Connection,
    ConnectionRole,
    Errand,
    ErrandKind,
    ImportSettings,
    Link,
    PushIntent,
)
from counterfoil.sync.services import REREAD
from counterfoil.sync.settings import import_settings_of, rules_from
from counterfoil.sync.streams import CONTACTS

PAGE = 1000


@dataclass(frozen=True)
class Foreseen:
    """What changes with some settings that belong together: their names, and sentences with counts."""

    settings: tuple[str, ...]
    sentences: list[str]


def import_settings_foreseen(company: OperatingCompany, values: Mapping[str, Any]) -> list[Foreseen]:
    """The effect of saving `values` (cleaned, by field name), for every setting that would change."""
    chosen = import_settings_of(company)
    before = {name: getattr(chosen, name) for name in values if name != "ledger_label"}
    before["ledger_label"] = company.ledger_label
    changed = {name for name, value in values.items() if before[name] != value}
    after = copy.copy(chosen)
    for name in changed - {"ledger_label"}:
        setattr(after, name, values[name])
    label = values.get("ledger_label", company.ledger_label)
    effects = []
    for names, count in _COUNTED.items():
        if touched := tuple(name for name in names if name in changed):
            effects.append(Foreseen(touched, count(company, chosen, after, label)))
    if REREAD & changed:
        effects.append(Foreseen((), [_reread(company)]))
    return effects


def _labels(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    changing, numberless = customers.relabel_foreseen(company, label)
    said = [f"{_many(changing, 'customer')} will be shown by another label, at once and without a sync."]
    if label == "account_number" and numberless:
        said.append(f"{_many(numberless, 'customer')} without an account number will keep the name.")
    return said


def _consumers(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    foreseen = customers.b2c_foreseen(company, rules_from(company, after))
    if after.b2c_mode == "manual":
        said = ["Flags stay as they are; those of new customers are not known until somebody sets them."]
    elif foreseen.consumers or foreseen.businesses:
        said = [
            f"{_many(foreseen.consumers, 'customer')} will become a consumer, and {foreseen.businesses:,} a business.",
            f"Among them: {', '.join(name[:60] for name in foreseen.names)}.",
        ]
    else:
        said = ["No customer changes between consumer and business; new ones follow the rule."]
    if foreseen.by_user:
        said.append(f"{_many(foreseen.by_user, 'customer')} whose flag a user has set will keep it.")
    return said


def _companies(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    customers_now, suppliers_now = customers.companies_foreseen(company, rules_from(company, after))
    if not (customers_now or suppliers_now):
        return [
            "No company is made for what is here already, and none is removed; new contacts follow the rule."
        ]
    return [
        f"{_many(customers_now, 'customer')} and {_many(suppliers_now, 'supplier')} that wait without a company "
        "will get one with the next read.",
        "Companies that exist stay.",
    ]


def _defaults(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    customers_now, suppliers_now = customers.companies_foreseen(company, rules_from(company, after))
    waiting = customers_now + suppliers_now
    return [
        f"Only companies and people made from now on get it, {_many(waiting, 'waiting ledger')} first. "
        "Those that exist keep theirs."
    ]


def _currencies(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    by_hand, imported = currency_counts(company)
    if after.currency_import:
        return [
            f"Xero's currencies and the reference rates are taken again; {_many(by_hand, 'currency')} added by hand "
            "will stay."
        ]
    return [
        f"{_many(imported, 'currency')} from Xero will stay as they are, and no pass touches them or a rate."
    ]


def _streets(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    number = customers.street_only_count(company)
    if after.street_fallback:
        return [f"{_many(number, 'contact')} with a street address alone will get it as their address."]
    return [f"{_many(number, 'contact')} with a street address alone will have no address."]


def _unflagged(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    links = Link.objects.filter(
        connection__operating_company=company, stream=CONTACTS.key, outcome="unflagged"
    )
    if after.import_unflagged:
        return [f"{_many(links.count(), 'contact')} left out so far will come in as customers."]
    return ["Contacts that came in this way stay; further ones are counted and listed under Left out."]


def _rhythm(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    old, new = _calls(before, company), _calls(after, company)
    said = [
        f"From {budget.MINUTES_A_DAY // before.pass_minutes:,} to {budget.MINUTES_A_DAY // after.pass_minutes:,} "
        f"passes a day at most; quiet ones use about {new:,} calls a day, now {old:,}."
    ]
    every = budget.rhythm(after.pass_minutes, wiring.background_calls_a_day(_reserve(after, company)))
    if slowed := [name for name, n in every.items() if n > 1]:
        names = ", ".join(name.replace("_", " ") for name in slowed)
        said.append(
            f"The day's calls do not suffice for every stream each time: {names} take part less often."
        )
    return said


def _reserved(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    calls = wiring.configuration().max_calls_a_day
    reserve = _reserve(after, company)
    return [
        f"Of {calls:,} calls a day, {reserve:,} are kept for orders and what people ask for, now "
        f"{_reserve(before, company):,}; passes stop before they touch them.",
        *_rhythm(company, before, after, label)[1:],
    ]


def _orders(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    more = (after.note_orders + after.attach_quotes) - (before.note_orders + before.attach_quotes)
    said = f"Each order from now on takes {abs(more)} {'more' if more > 0 else 'fewer'} {'call' if abs(more) == 1 else 'calls'}. "
    return [(said if more else "") + "Invoices that are in Xero already stay as they are."]


def _customers_sent(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    there = SalesLedger.objects.of(company).filter(ledger_id__isnull=False, is_archived=False).count()
    return _both_ways(company, _many(there, "customer"), ErrandKind.CONTACT, is_on=after.push_customers)


def _products_sent(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    there = ProductItem.objects.of(company).filter(external_id__isnull=False, is_withdrawn=False).count()
    return _both_ways(company, _many(there, "product"), ErrandKind.ITEM, is_on=after.push_products)


def _both_ways(company: OperatingCompany, them: str, kind: ErrandKind, *, is_on: bool) -> list[str]:
    if is_on:
        return [f"{them} in Xero can be changed here again, and each change from now on is sent."]
    on_their_way = Errand.objects.of(company).filter(kind=kind, due_ms__isnull=False, skipped_at=None).count()
    left = f"{_many(on_their_way, 'change')} on the way already will still be sent." if on_their_way else ""
    return [
        f"{them} in Xero can be changed there alone; those fields are locked here.",
        left or "No change is on its way to Xero now.",
    ]


def _archived_sent(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    if not after.push_archived:
        return ["A stop stays in the CRM from now on; contacts that were archived in Xero stay so."]
    stops = SalesLedger.objects.of(company).filter(on_stop=True, is_archived=False, ledger_id__isnull=False)
    said = ["Whoever is put on stop from now on is archived in Xero."]
    if stopped := stops.count():
        said.append(f"{_many(stopped, 'customer')} on stop now will stay active there.")
    if not after.push_customers:
        said.append("Nothing is archived while changes of customers are not sent.")
    return said


def _linked(
    company: OperatingCompany, before: ImportSettings, after: ImportSettings, label: str
) -> list[str]:
    if after.link_known_contacts:
        said = ["New customers are linked where name and VAT number or e-mail agree."]
        asked = PushIntent.objects.of(company).filter(
            kind="contact", state="waiting", reason="name_taken", skipped_at=None
        )
        if waiting := asked.count():
            said.append(f"{_many(waiting, 'new customer')} waiting for somebody's answer will go on waiting.")
        return said
    return ["Somebody is asked about each new customer whose name is known in Xero; links that exist stay."]


def _calls(settings: ImportSettings, company: OperatingCompany) -> int:
    allowed = wiring.background_calls_a_day(_reserve(settings, company))
    return budget.calls_a_day(budget.rhythm(settings.pass_minutes, allowed), settings.pass_minutes)


def _reserve(settings: ImportSettings, company: OperatingCompany) -> int:
    default = int(wiring.configuration().day_reserve)
    return default if settings.day_reserve is None else settings.day_reserve


def _reread(company: OperatingCompany) -> str:
    known = Link.objects.filter(
        connection__operating_company=company, connection__role=ConnectionRole.PRIMARY, stream=CONTACTS.key
    ).count()
    if not Connection.objects.of(company).exists():
        return "Nothing is connected yet, so there is nothing to read again."
    return f"All {known:,} contacts are read again, in about {_many(max(1, -(-known // PAGE)), 'call')}."


def _many(number: int, word: str) -> str:
    """`1 customer`, `1,234 customers`, `no customer`."""
    if number == 0:
        return f"No {word}"
    plural = f"{word[:-1]}ies" if word.endswith("cy") else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"


_Counted = Callable[[OperatingCompany, ImportSettings, ImportSettings, str], list[str]]
# Settings that belong together, and what counts their effect.
_COUNTED: Mapping[tuple[str, ...], _Counted] = {
    ("ledger_label",): _labels,
    ("b2c_mode", "b2c_pattern"): _consumers,
    ("missing_records", "include_suppliers", "include_b2c"): _companies,
    ("default_account_manager", "default_role_code", "default_company_type"): _defaults,
    ("currency_import",): _currencies,
    ("street_fallback",): _streets,
    ("import_unflagged",): _unflagged,
    ("pass_minutes",): _rhythm,
    ("day_reserve",): _reserved,
    ("push_customers",): _customers_sent,
    ("push_products",): _products_sent,
    ("push_archived",): _archived_sent,
    ("link_known_contacts",): _linked,
    ("note_orders", "attach_quotes"): _orders,
}
