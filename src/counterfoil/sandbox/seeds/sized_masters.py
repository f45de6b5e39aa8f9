"""The contacts and items of a sized company: record ``n`` follows from ``n``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from counterfoil.sandbox.seeds.catalogue import Product, products
from counterfoil.sandbox.seeds.identity import counted_guid
from counterfoil.sandbox.seeds.people import STAFF_FIRST, STAFF_LAST
from counterfoil.sandbox.seeds.shape import Record
from counterfoil.sandbox.seeds.sized_pace import Pace, Size

CONTACT, ITEM = 1, 2
TAXES = {"S": "TAX001", "R": "OUTPUT", "Z": "NONE"}
_STREETS = ["Birch", "Canal", "Depot", "Elm", "Foundry", "Granary", "Harbor"]
_TOWNS = [
    ("Duluth", "MN", "55802"),
    ("Bangor", "ME", "04401"),
    ("Ashland", "OR", "97520"),
    ("Galena", "IL", "61036"),
]
_FIRST_WORDS = [
    "Amber",
    "Birch",
    "Copper",
    "Dune",
    "Ember",
    "Flint",
    "Grove",
    "Heron",
    "Iron",
    "Juniper",
    "Kettle",
    "Linden",
]
_LAST_WORDS = [
    "Supply",
    "Home & Garden",
    "Mercantile",
    "Outfitters",
    "Market",
    "Hardware",
    "Gifts",
    "Nursery",
    "Pantry",
]


@dataclass
class Masters:
    """Contacts and items, and what documents need to know of them."""

    size: Size
    pace: Pace

    def contacts(self) -> Iterator[Record]:
        """All contacts; one in forty is archived, the last tenth are suppliers."""
        return (self._contact(number) for number in range(self.size.contacts))

    def _contact(self, number: int) -> Record:
        city, state, code = _TOWNS[number % len(_TOWNS)]
        domain = f"c{number}.example"
        first, last = STAFF_FIRST[number % len(STAFF_FIRST)], STAFF_LAST[number % len(STAFF_LAST)]
        return {
            "ContactID": counted_guid(CONTACT, number),
            "ContactStatus": "ARCHIVED" if number % 40 == 39 else "ACTIVE",
            "Name": _contact_name(number),
            "AccountNumber": f"C{number:06d}",
            "FirstName": first,
            "LastName": last,
            "EmailAddress": f"office@{domain}",
            "Addresses": [
                {
                    "AddressType": "POBOX",
                    "AddressLine1": f"{number % 900 + 1} {_STREETS[number % len(_STREETS)]} Street",
                    "City": city,
                    "Region": state,
                    "PostalCode": code,
                    "Country": "United States",
                    "AttentionTo": "",
                },
                {"AddressType": "STREET"},
            ],
            "Phones": [{"PhoneType": kind} for kind in ("DEFAULT", "DDI", "FAX", "MOBILE")],
            "PaymentTerms": {"Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"}},
            "ContactGroups": [],
            "ContactPersons": [],
            "HasAttachments": False,
            "HasValidationErrors": False,
            "UpdatedDateUTC": self.pace.stamp(number, self.size.contacts),
        }

    @cached_property
    def customers(self) -> list[Record]:
        """The contact objects documents carry, made once and shared by all documents of a contact."""
        active = (n for n in range(self.size.contacts) if n % 40 != 39)
        return [{"ContactID": counted_guid(CONTACT, n), "Name": _contact_name(n)} for n in active]

    def items(self) -> Iterator[Record]:
        """All items: the invented price list over and over, under numbered codes."""
        return (self._item(number) for number in range(self.size.items))

    @cached_property
    def goods(self) -> list[Product]:
        return [p for p in products() if p.kind in "TU" and p.price >= 1]

    def _item(self, number: int) -> Record:
        product = self.goods[number % len(self.goods)]
        code = self.code(number)
        return {
            "ItemID": counted_guid(ITEM, number),
            "Code": code,
            "Name": f"{product.name} {number}"[:50],
            "Description": product.text,
            "PurchaseDescription": product.text,
            "IsSold": True,
            "IsPurchased": True,
            "IsTrackedAsInventory": False,
            "SalesDetails": {
                "UnitPrice": product.price,
                "AccountCode": "200",
                "TaxType": TAXES[product.tax],
            },
            "PurchaseDetails": {"UnitPrice": product.cost, "AccountCode": "300", "TaxType": "INPUT"},
            "UpdatedDateUTC": self.pace.stamp(number, self.size.items),
        }

    def code(self, number: int) -> str:
        return f"{self.goods[number % len(self.goods)].code[:20]}-{number:05d}"


def _contact_name(number: int) -> str:
    first = _FIRST_WORDS[number % len(_FIRST_WORDS)]
    last = _LAST_WORDS[number // len(_FIRST_WORDS) % len(_LAST_WORDS)]
    turn = number // (len(_FIRST_WORDS) * len(_LAST_WORDS))
    return f"{first} {last} {turn + 1}" if turn else f"{first} {last}"
