"""The 120 contacts of the UK seed: every kind a real ledger holds, oddities included.

Sixty trade customers, eight in the EU and four beyond, eighteen suppliers, eight that are both, fourteen private
people, four nobody has traded with, and four oddities. ``IsCustomer`` and ``IsSupplier`` follow from documents
and are left to the store (xero-facts 4.2).
"""

import random
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from counterfoil.sandbox.seeds import people
from counterfoil.sandbox.seeds.identity import guid, vat_number_eu, vat_number_gb
from counterfoil.sandbox.seeds.people import Place
from counterfoil.sandbox.seeds.shape import Record

_PHONE_TYPES = ["DEFAULT", "DDI", "FAX", "MOBILE"]
_TERMS = [
    (30, "DAYSAFTERBILLDATE"),
    (14, "DAYSAFTERBILLDATE"),
    (20, "OFFOLLOWINGMONTH"),
    (30, "DAYSAFTERBILLMONTH"),
]
_GROUPS = ["Trade customers", "Garden centres", "Mail order"]


@dataclass(frozen=True)
class Party:
    """A contact and what document builders need to know of it. ``role``: trade, export, supplier, both, private, none."""

    record: Record
    role: str
    currency: str = "GBP"

    @property
    def id(self) -> str:
        """Its GUID."""
        contact_id: str = self.record["ContactID"]
        return contact_id

    @property
    def active(self) -> bool:
        """Whether documents may still be drawn on it."""
        return bool(self.record["ContactStatus"] == "ACTIVE")


def parties(rng: random.Random, *, today: date, rotated_by: int) -> list[Party]:
    """All 120, in the order of their numbers. GUIDs depend on the number alone: rotating the list gives a second
    organisation the same GUIDs over other contacts (xero-facts 3.4).
    """
    drawn = [
        *[_trade(rng, name, index) for index, name in enumerate(people.UK_CUSTOMERS)],
        *[_eu(rng, *row) for row in people.EU_CUSTOMERS],
        *[_world(rng, *row) for row in people.WORLD_CUSTOMERS],
        *[_supplier(rng, *row) for row in people.SUPPLIERS],
        *[_both(rng, name) for name in people.BOTH],
        *[_private(rng, first, last) for first, last in people.PRIVATE_PEOPLE],
        *[Party(_company(rng, name, _uk_place(rng), addressed=False), "none") for name in people.NEITHER],
        *_oddities(rng),
    ]
    turned = drawn[rotated_by:] + drawn[:rotated_by]
    return [_numbered(party, number, rng, today) for number, party in enumerate(turned, start=1)]


def contact_groups(everyone: list[Party]) -> list[Record]:
    """Three active groups and, for the client to leave alone, one deleted group."""
    members: dict[str, list[Record]] = {name: [] for name in [*_GROUPS, "Market stalls"]}
    for party in everyone:
        for group in party.record["ContactGroups"]:
            members[group["Name"]].append({"ContactID": party.id, "Name": party.record["Name"]})
    return [
        _group(name) | {"Contacts": rows, "Status": "DELETED" if name == "Market stalls" else "ACTIVE"}
        for name, rows in members.items()
    ]


def _group(name: str) -> Record:
    return {
        "ContactGroupID": guid("contact-group", name),
        "Name": name,
        "Status": "ACTIVE",
        "HasValidationErrors": False,
    }


def _trade(rng: random.Random, name: str, index: int) -> Party:
    record = _company(rng, name, _uk_place(rng)) | {
        "AccountNumber": f"{re.sub('[^A-Z]', '', name.upper().removeprefix('THE '))[:3]}{index + 1:03d}",
        "PaymentTerms": _terms(rng, "Sales"),
        "AccountsReceivableTaxType": rng.choice(["OUTPUT2", "OUTPUT2", ""]),
        "ContactGroups": [
            _group("Garden centres" if "Garden" in name or "Nurser" in name else "Trade customers")
        ],
    }
    if name.endswith("Ltd"):
        record["CompanyNumber"] = f"0{rng.randrange(1_000_000, 9_999_999)}"
    if rng.random() < 0.6:
        record["TaxNumber"] = vat_number_gb(rng)
    if rng.random() < 0.25:
        record["Discount"] = Decimal(rng.choice(["5.00", "7.50", "10.00"]))
    return Party(record, "trade")


def _eu(rng: random.Random, name: str, country: str, place: Place) -> Party:
    record = _company(rng, name, place) | {
        "TaxNumber": vat_number_eu(country, rng),
        "DefaultCurrency": "EUR",
        "AccountsReceivableTaxType": "ZERORATEDOUTPUT",
        "PaymentTerms": _terms(rng, "Sales"),
        "SalesTrackingCategories": [{"TrackingCategoryName": "Region", "TrackingOptionName": "Export"}],
    }
    return Party(record, "export", "EUR")


def _world(rng: random.Random, name: str, currency: str, place: Place) -> Party:
    record = _company(rng, name, place) | {
        "DefaultCurrency": currency,
        "AccountsReceivableTaxType": "ZERORATEDOUTPUT",
    }
    return Party(record, "export", currency)


def _supplier(rng: random.Random, name: str, country: str) -> Party:
    places = {
        "DE": Place("Auerbach", "", "08209", "Germany"),
        "IT": Place("Impruneta", "FI", "50023", "Italy"),
        "BE": Place("Kortrijk", "", "8500", "Belgium"),
        "CN": Place("Hangzhou", "Zhejiang", "310000", "China"),
    }
    currency = {"GB": "GBP", "CN": "USD"}.get(country, "EUR")
    record = _company(rng, name, places.get(country) or _uk_place(rng)) | {
        "DefaultCurrency": currency,
        "PaymentTerms": _terms(rng, "Bills"),
        "PurchasesDefaultAccountCode": "300",
        "AccountsPayableTaxType": "INPUT2" if country == "GB" else "ZERORATEDINPUT",
    }
    if country == "GB":
        record["BankAccountDetails"] = f"2004{rng.randrange(10**9, 10**10)}"
        record["BatchPayments"] = {
            "BankAccountNumber": record["BankAccountDetails"],
            "BankAccountName": name[:30],
            "Details": "TARN",
            "Code": "",
            "Reference": "",
        }
    if country in ("DE", "BE"):
        record["TaxNumber"] = vat_number_eu(country, rng)
    return Party(record, "supplier", currency)


def _both(rng: random.Random, name: str) -> Party:
    record = _company(rng, name, _uk_place(rng)) | {
        "TaxNumber": vat_number_gb(rng),
        "PaymentTerms": _terms(rng, "Sales") | _terms(rng, "Bills"),
        "SalesDefaultAccountCode": "200",
        "PurchasesDefaultAccountCode": "300",
    }
    return Party(record, "both")


def _private(rng: random.Random, first: str, last: str) -> Party:
    name = f"{first} {last}"
    place = _uk_place(rng)
    record = _blank(name) | {
        "FirstName": first,
        "LastName": last,
        "EmailAddress": f"{_word(first)}.{_word(last)}@post.example",
        "Addresses": [{"AddressType": "POBOX"}, _address(rng, "STREET", place)],
        "Phones": _phones(MOBILE=("", "07700", f"900{rng.randrange(1000):03d}")),
        "ContactGroups": [_group("Mail order")],
    }
    return Party(record, "private")


def _oddities(rng: random.Random) -> list[Party]:
    """Shapes seen in real books: a twin name, a redaction request, marks that do not print, nothing but a name."""
    twin = _company(rng, "Fellside Village Shop", _uk_place(rng))
    redacted = _blank("GDPR request 0001") | {"ContactStatus": "GDPRREQUEST"}
    unprintable = _company(rng, "\ufeffWillow\u200b & Wick", _uk_place(rng))
    unprintable["Addresses"][0]["AddressLine1"] = "Unit 4\nOld Tannery"
    return [
        Party(twin, "trade"),
        Party(redacted, "none"),
        Party(unprintable, "trade"),
        Party(_blank("Cash Sales"), "trade"),
    ]


def _blank(name: str) -> Record:
    """A contact nobody edited: types without values, as the API shows it (3.3)."""
    return {
        "ContactStatus": "ACTIVE",
        "Name": name,
        "Addresses": [{"AddressType": "POBOX"}, {"AddressType": "STREET"}],
        "Phones": [{"PhoneType": kind} for kind in _PHONE_TYPES],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
    }


def _company(rng: random.Random, name: str, place: Place, *, addressed: bool = True) -> Record:
    first, last = rng.choice(people.STAFF_FIRST), rng.choice(people.STAFF_LAST)
    domain = f"{_word(name)[:24]}.example"
    record = _blank(name) | {
        "FirstName": first,
        "LastName": last,
        "EmailAddress": f"{'hello' if rng.random() < 0.5 else 'accounts'}@{domain}",
        "BankAccountDetails": "",
        "ContactPersons": _persons(rng, domain),
        "Phones": _phones(
            DEFAULT=_landline(rng, place), MOBILE=("", "07700", f"900{rng.randrange(1000):03d}")
        ),
    }
    if rng.random() < 0.3:
        record["Website"] = f"https://www.{domain}"
    if addressed:
        record["Addresses"] = _addresses(rng, place)
    return record


def _addresses(rng: random.Random, place: Place) -> list[Record]:
    """Postal and street, or one of them: a fifth of the ledger has a STREET address only."""
    drawn = rng.random()
    postal = {"AddressType": "POBOX"} if drawn < 0.2 else _address(rng, "POBOX", place)
    street = _address(rng, "STREET", place) if drawn < 0.5 else {"AddressType": "STREET"}
    return [postal, street]


def _address(rng: random.Random, kind: str, place: Place) -> Record:
    unit = ["", f"Unit {rng.randrange(1, 30)}", "The Old Dairy"][rng.randrange(3)]
    street = f"{rng.randrange(1, 140)} {rng.choice(people.STREETS)}"
    lines = [unit, street] if unit else [street]
    record: Record = {"AddressType": kind}
    record |= {f"AddressLine{number}": text for number, text in enumerate(lines, start=1)}
    return record | {
        "City": place.city,
        "Region": place.region,
        "PostalCode": place.postal_code,
        "Country": place.country
        if rng.random() < 0.7
        else ""
        if place.country == "United Kingdom"
        else place.country,
        "AttentionTo": "" if rng.random() < 0.7 else rng.choice(people.STAFF_FIRST),
    }


def _uk_place(rng: random.Random) -> Place:
    return rng.choice(people.UK_PLACES)


def _landline(rng: random.Random, place: Place) -> tuple[str, str, str]:
    if place.country != "United Kingdom":
        return ("49" if place.country == "Germany" else "", "555", f"01{rng.randrange(100_000):05d}")
    return ("44" if rng.random() < 0.4 else "", "01632", f"960{rng.randrange(1000):03d}")


def _phones(**given: tuple[str, str, str]) -> list[Record]:
    blank = ("", "", "")
    return [
        {"PhoneType": kind, "PhoneNumber": number, "PhoneAreaCode": area, "PhoneCountryCode": country}
        for kind in _PHONE_TYPES
        for country, area, number in [given.get(kind, blank)]
    ]


def _persons(rng: random.Random, domain: str) -> list[Record]:
    count = rng.choice([0, 0, 0, 1, 1, 2, 3, 4])
    names = rng.sample(people.STAFF_FIRST, count)
    return [
        {
            "FirstName": name,
            "LastName": rng.choice(people.STAFF_LAST),
            "EmailAddress": f"{_word(name)}@{domain}",
            "IncludeInEmails": rng.random() < 0.5,
        }
        for name in names
    ]


def _terms(rng: random.Random, side: str) -> Record:
    day, kind = rng.choice(_TERMS)
    return {side: {"Day": day, "Type": kind}}


def _word(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower())
    return re.sub("[^a-z]", "", plain)


def _numbered(party: Party, number: int, rng: random.Random, today: date) -> Party:
    """Give a contact its GUID, stamp, perhaps a ContactNumber of an older integration, perhaps the archive."""
    record = {"ContactID": guid("contact", number), **party.record}
    if number % 4 == 0:
        record["ContactNumber"] = f"SHOP-{number:04d}"
    if number in _ARCHIVED:
        record["ContactStatus"] = "ARCHIVED"
    return Party(record | {"UpdatedDateUTC": _stamp(number, rng, today)}, party.role, party.currency)


_ARCHIVED = {9, 23, 37, 52, 66, 80, 88, 103, 110}


def _stamp(number: int, rng: random.Random, today: date) -> datetime:
    """Fifteen contacts share one stamp (a bulk import), ten carry 2008 as demo data does (3.2, 3.5)."""
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    if 30 <= number < 45:
        return midnight - timedelta(days=200, hours=-9, milliseconds=-473)
    if number % 12 == 5:
        return datetime(2008, 9, 15, 7, number % 60, number % 50, 477_000, tzinfo=UTC)
    return midnight - timedelta(seconds=rng.randrange(86_400, 700 * 86_400), milliseconds=rng.randrange(1000))
