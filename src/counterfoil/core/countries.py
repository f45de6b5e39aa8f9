"""Which country is meant: Xero keeps countries as free text (xero-facts 4.2)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import pycountry
from babel import Locale

EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())

# Languages besides English in which business partners write the names of countries.
_LANGUAGES = "en de fr es it nl pt pl sv da fi nb el cs sk hu ro bg hr sl et lv lt ga mt".split()

# What people write that no list of names knows, as `_bare` leaves it.
_SPOKEN = {
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northernireland": "GB",
    "greatbritain": "GB",
    "britain": "GB",
    "xi": "GB",
    "el": "GR",
    "holland": "NL",
    "thenetherlands": "NL",
    "eire": "IE",
    "republicofireland": "IE",
    "southernireland": "IE",
    "usa": "US",
    "america": "US",
    "uae": "AE",
    "czechrepublic": "CZ",
    "macedonia": "MK",
    "aotearoa": "NZ",
}


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """The ISO code of the country that `text` (a name in some language, or a code) means; "" if none."""
    bare = _bare(text)
    if not bare:
        return ""
    return _english().get(bare) or _foreign().get(bare, "")


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    """Names and codes as most people write them: quick to make, and enough for most countries."""
    names = _names_in("en")
    for country in pycountry.countries:
        for attribute in ("name", "official_name", "common_name", "alpha_3", "alpha_2"):
            if value := getattr(country, attribute, None):
                names[_bare(value)] = country.alpha_2
    return names | _SPOKEN


@lru_cache(maxsize=1)
def _foreign() -> dict[str, str]:
    """Names in other languages; two dozen of them take a tenth of a second, so only when needed."""
    names: dict[str, str] = {}
    for language in reversed(_LANGUAGES):
        names |= _names_in(language)
    return names


def _names_in(language: str) -> dict[str, str]:
    names = {_bare(name): code for code, name in Locale.parse(language).territories.items() if len(code) == 2}
    return {name: code for name, code in names.items() if pycountry.countries.get(alpha_2=code)}


def _bare(text: str) -> str:
    """Letters only, without accents and case."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if c.isalpha()).casefold()
