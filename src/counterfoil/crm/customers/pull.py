"""Contacts from the books into ledgers, companies, divisions and people: one page at a time, in bulk."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from counterfoil.accounts.models import OperatingCompany
from counterfoil.core.applied import Applied
from counterfoil.core.mapping.contacts import ContactValues, Person
from counterfoil.crm.customers import naming, people
from counterfoil.crm.customers import rules as decide
from counterfoil.crm.customers.known import KnownPurchase, KnownSales, known_purchases, known_sales
from counterfoil.crm.customers.ledger_rows import (
    NEW,
    PURCHASE,
    SALES,
    STOP,
    Row,
    purchase_row,
    sales_row,
)
from counterfoil.crm.customers.models import (
    B2C,
    Company,
    CompanyType,
    Contact,
    Division,
    PurchaseLedger,
    SalesLedger,
)
from counterfoil.crm.customers.rules import ContactRules
from counterfoil.database import bulk


@dataclass
class Writes:
    """What one page comes to, collected before anything is written."""

    sales_new: list[Row] = field(default_factory=list)
    sales_changed: list[Row] = field(default_factory=list)
    stops: list[Row] = field(default_factory=list)
    purchases_new: list[Row] = field(default_factory=list)
    purchases_changed: list[Row] = field(default_factory=list)
    companies: list[Row] = field(default_factory=list)
    divisions: list[Row] = field(default_factory=list)
    people_new: list[Row] = field(default_factory=list)
    people_kept: dict[int, Sequence[Person]] = field(default_factory=dict)
    renamed: dict[int, tuple[str, str]] = field(default_factory=dict)
    became_customers: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Intended:
    """One contact with what is decided about it."""

    value: ContactValues
    sales: KnownSales | None
    purchase: KnownPurchase | None
    has_sales: bool
    has_purchase: bool
    b2c: str
    division_id: int | None
    makes_company: bool

    @property
    def is_known(self) -> bool:
        return self.sales is not None or self.purchase is not None


@dataclass
class Foreseen:
    """What an import would do, as counts. `skipped` is by outcome, as in `Applied`; `left_out`: the same by id.

    `sold`, `bought`: who would have a Sales Ledger and who a Purchase Ledger.
    """

    known: int = 0
    sales_ledgers: int = 0
    purchase_ledgers: int = 0
    companies: int = 0
    without_company: int = 0
    consumers: int = 0
    street_only: int = 0
    duplicate_names: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, str] = field(default_factory=dict, compare=False)
    sold: set[str] = field(default_factory=set, compare=False)
    bought: set[str] = field(default_factory=set, compare=False)


def contacts_apply(
    company: OperatingCompany,
    values: Iterable[ContactValues],
    *,
    rules: ContactRules,
    at: dt.datetime,
    needed_sales: frozenset[str] = frozenset(),
    needed_purchase: frozenset[str] = frozenset(),
) -> Applied:
    """Bring a page of contacts into the CRM (CU, SU, IS-1 to IS-4, SY-2); the caller's transaction.

    `needed_sales`, `needed_purchase`: contacts that an imported document belongs to, so that they
    come in even when they are archived. Applying the same values twice changes nothing.
    """
    latest = {value.external_id: value for value in values}
    applied, intended = Applied(), []
    for one in _decided(company, latest, rules, needed_sales, needed_purchase, lock=True):
        if isinstance(one, Intended):
            intended.append(one)
        else:
            applied.skipped[one[0]] = one[1]
    applied.updated = sum(1 for i in intended if i.is_known)
    applied.created = len(intended) - applied.updated
    _write(company, _planned(company, intended, rules, at), rules, at)
    return applied


def contacts_foreseen(
    company: OperatingCompany,
    values: Iterable[ContactValues],
    *,
    rules: ContactRules,
    needed_sales: frozenset[str] = frozenset(),
    needed_purchase: frozenset[str] = frozenset(),
) -> Foreseen:
    """What `contacts_apply` would make of these contacts; nothing is written (SY-8)."""
    latest = {value.external_id: value for value in values}
    foreseen = Foreseen()
    names = Counter(value.name.casefold() for value in latest.values() if value.is_active)
    foreseen.duplicate_names = sum(count for count in names.values() if count > 1)
    for one in _decided(company, latest, rules, needed_sales, needed_purchase, lock=False):
        if not isinstance(one, Intended):
            foreseen.left_out[one[0]] = one[1]
            foreseen.skipped[one[1]] += 1
            continue
        foreseen.known += one.is_known
        foreseen.sales_ledgers += one.has_sales and one.sales is None
        foreseen.purchase_ledgers += one.has_purchase and one.purchase is None
        foreseen.companies += one.makes_company
        foreseen.without_company += one.division_id is None and not one.makes_company
        foreseen.consumers += one.b2c == B2C.B2C
        foreseen.street_only += one.value.street is not None
        foreseen.sold |= {one.value.external_id} if one.has_sales else set()
        foreseen.bought |= {one.value.external_id} if one.has_purchase else set()
    return foreseen


def _decided(
    company: OperatingCompany,
    latest: dict[str, ContactValues],
    rules: ContactRules,
    needed_sales: frozenset[str],
    needed_purchase: frozenset[str],
    *,
    lock: bool,
) -> Iterator[Intended | tuple[str, str]]:
    """For each contact what is intended, or its id and why it stays out."""
    sales = known_sales(company, latest.keys(), lock=lock)
    purchases = known_purchases(company, latest.keys(), lock=lock)
    for key, value in latest.items():
        known = (sales.get(key), purchases.get(key))
        needed = (key in needed_sales, key in needed_purchase)
        if known == (None, None) and (out := decide.outcome_unknown(value, rules, needed=any(needed))):
            yield key, out
            continue
        yield _intended(value, *known, needs_sales=needed[0], needs_purchase=needed[1], rules=rules)


def _intended(
    value: ContactValues,
    sales: KnownSales | None,
    purchase: KnownPurchase | None,
    *,
    needs_sales: bool,
    needs_purchase: bool,
    rules: ContactRules,
) -> Intended:
    has_sales, has_purchase = decide.ledgers_of(
        value,
        has_sales=sales is not None or needs_sales,
        has_purchase=purchase is not None or needs_purchase,
    )
    before, by_user = (sales.b2c, sales.b2c_by_user) if sales else (B2C.UNKNOWN.value, False)
    b2c = decide.b2c_of(value, rules, before=before, by_user=by_user) if has_sales else before
    division = (sales.division_id if sales else None) or (purchase.division_id if purchase else None)
    makes = division is None and decide.makes_company(
        is_active=value.is_active, is_supplier_only=not has_sales, b2c=b2c, rules=rules
    )
    return Intended(value, sales, purchase, has_sales, has_purchase, b2c, division, makes)


def _planned(
    company: OperatingCompany, intended: Sequence[Intended], rules: ContactRules, at: dt.datetime
) -> Writes:
    writes = Writes()
    makers = sum(1 for i in intended if i.makes_company)
    company_ids = iter(bulk.reserve_ids(Company, makers) if makers else ())
    division_ids = iter(bulk.reserve_ids(Division, makers) if makers else ())
    for one in intended:
        division = one.division_id
        if one.makes_company:
            division = next(division_ids)
            _plan_company(writes, company.pk, one, next(company_ids), division, rules, at)
        elif division is not None:
            _plan_kept_division(writes, one, division)
        _plan_ledgers(writes, company, one, division, rules, at)
    return writes


def _plan_company(
    writes: Writes,
    owner: int,
    one: Intended,
    company_id: int,
    division_id: int,
    rules: ContactRules,
    at: dt.datetime,
) -> None:
    """IS-3 and IS-4: a company with one division and the people Xero knows."""
    kind = rules.company_type if one.has_sales else CompanyType.SUPPLIER.value
    name = one.value.name
    writes.companies.append((company_id, owner, name, kind, rules.account_manager_id, at))
    writes.divisions.append((division_id, owner, company_id, name))
    for slot, person in enumerate(one.value.people):
        writes.people_new.append(people.new_row(owner, division_id, slot, person, rules.role_code, at))


def _plan_kept_division(writes: Writes, one: Intended, division_id: int) -> None:
    writes.people_kept[division_id] = one.value.people
    known = one.sales or one.purchase
    if known is not None and known.name != one.value.name:
        writes.renamed[division_id] = (known.name, one.value.name)
    if one.has_sales and one.sales is None:
        writes.became_customers.append(division_id)


def _plan_ledgers(
    writes: Writes,
    company: OperatingCompany,
    one: Intended,
    division: int | None,
    rules: ContactRules,
    at: dt.datetime,
) -> None:
    value = one.value
    new = (company.pk, value.external_id, at)
    if one.has_sales:
        row = sales_row(value, division, one.b2c, company, rules, at)
        reason = decide.stop_reason_of(value)
        if one.sales is None:
            writes.sales_new.append((*row, *new, bool(reason), reason, at if reason else None))
        else:
            writes.sales_changed.append((one.sales.id, *row))
            _plan_stop(writes, one.sales, reason, at)
    if one.has_purchase:
        row = purchase_row(value, division, company, rules, at)
        if one.purchase is None:
            writes.purchases_new.append((*row, *new))
        else:
            writes.purchases_changed.append((one.purchase.id, *row))


def _plan_stop(writes: Writes, known: KnownSales, reason: str, at: dt.datetime) -> None:
    """CU-11: stopped and released with Xero, but a stop set by a user stays as it is."""
    if known.stopped_by_user:
        return
    if reason and not known.on_stop:
        writes.stops.append((known.id, True, reason, at))
    elif not reason and known.on_stop:
        writes.stops.append((known.id, False, "", None))
    elif reason and reason != known.stop_reason:
        writes.stops.append((known.id, True, reason, at))


def _write(company: OperatingCompany, writes: Writes, rules: ContactRules, at: dt.datetime) -> None:
    bulk.insert(
        Company,
        ("id", "operating_company_id", "name", "company_type", "account_manager_id", "created_at"),
        writes.companies,
    )
    bulk.insert(Division, ("id", "operating_company_id", "company_id", "name"), writes.divisions)
    bulk.insert(Contact, people.NEW, writes.people_new)
    bulk.insert(SalesLedger, (*SALES, *NEW, *STOP), writes.sales_new)
    bulk.insert(PurchaseLedger, (*PURCHASE, *NEW), writes.purchases_new)
    bulk.update_changed(SalesLedger, SALES, writes.sales_changed)
    bulk.update(SalesLedger, "id", STOP, writes.stops)
    bulk.update_changed(PurchaseLedger, PURCHASE, writes.purchases_changed)
    naming.names_follow(writes.renamed)
    naming.types_follow(writes.became_customers, rules.company_type)
    people.people_apply(company.pk, writes.people_kept, role_code=rules.role_code, at=at)
