"""Xero's addresses and phones: found by kind, since their order means nothing (xero-facts 3.3)."""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.core.mapping.text import clean
from counterfoil.xero import records


class Address(NamedTuple):
    """Lines 1-5, postcode, country; line 5 is Xero's City and Region (CU-6)."""

    line1: str
    line2: str
    line3: str
    line4: str
    line5: str
    postcode: str
    country: str

    @property
    def is_blank(self) -> bool:
        """Nothing that a letter could be sent to: a country alone is not an address."""
        return not any(self[:6])


NOWHERE = Address("", "", "", "", "", "", "")


def address_of(addresses: list[records.Address | None] | None, kind: str) -> Address:
    """The address of `kind` (`POBOX`, `STREET`), `NOWHERE` when there is none."""
    for found in records.each(addresses):
        if found.address_type == kind:
            return _address(found)
    return NOWHERE


def _address(found: records.Address) -> Address:
    city, region = clean(found.city), clean(found.region)
    return Address(
        clean(found.address_line1),
        clean(found.address_line2),
        clean(found.address_line3),
        clean(found.address_line4),
        f"{city}, {region}" if city and region else city or region,
        clean(found.postal_code),
        clean(found.country),
    )


def phone_of(phones: list[records.Phone | None] | None, kind: str) -> str:
    """Country code, area code and number of the phone of `kind` (CU-3); "" without a number."""
    for found in records.each(phones):
        if found.phone_type == kind:
            number = clean(found.phone_number)
            if not number:
                return ""
            parts = (clean(found.phone_country_code), clean(found.phone_area_code), number)
            return " ".join([part for part in parts if part])
    return ""
