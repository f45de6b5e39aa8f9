"""GUIDs and check digits of seeded records: derived from names, so that one seed gives the same bytes everywhere.

The same name gives the same GUID in every organisation on purpose: Xero repeats GUIDs across organisations
(xero-facts 3.4), and a client that forgets the tenant in a key must be caught by the seed.
"""

import random
from uuid import UUID, uuid5

_NAMESPACE = UUID("6f1b7a52-9f0e-4c1d-8a35-0c5b1f2ad940")


def guid(kind: str, name: object) -> str:
    """The GUID of record ``name`` of this ``kind``, the same in every organisation."""
    return str(uuid5(_NAMESPACE, f"{kind}:{name}"))


def vat_number_gb(rng: random.Random) -> str:
    """A British VAT number whose check digits hold: weights 8 to 2, sum plus check is 0 modulo 97."""
    body = f"{rng.randrange(1_000_000, 9_999_999)}"
    total = sum(int(digit) * weight for digit, weight in zip(body, range(8, 1, -1), strict=True))
    return f"GB{body}{97 - total % 97 if total % 97 else 97:02d}"


def _digits(rng: random.Random, count: int) -> str:
    return str(rng.randrange(10 ** (count - 1), 10**count))


def _de(rng: random.Random) -> str:
    """ISO 7064 mod 11,10 over eight digits."""
    body = _digits(rng, 8)
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return f"DE{body}{(11 - product) % 10}"


def _fr(rng: random.Random) -> str:
    """A SIREN (Luhn) with its two-digit key: (12 + 3 * (SIREN mod 97)) mod 97."""
    body = _digits(rng, 8)
    doubled = [int(d) * 2 if index % 2 else int(d) for index, d in enumerate(body)]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    siren = f"{body}{-total % 10}"
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _ie(rng: random.Random) -> str:
    """Weights 8 to 2, remainder modulo 23 as a letter (W for 0)."""
    body = _digits(rng, 7)
    total = sum(int(digit) * weight for digit, weight in zip(body, range(8, 1, -1), strict=True))
    return f"IE{body}{'WABCDEFGHIJKLMNOPQRSTUV'[total % 23]}"


def _nl(rng: random.Random) -> str:
    """Weights 9 to 2 modulo 11 over eight digits, then B01; a remainder of 10 is not issued."""
    while True:
        body = _digits(rng, 8)
        check = sum(int(digit) * weight for digit, weight in zip(body, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return f"NL{body}{check}B01"


def _be(rng: random.Random) -> str:
    """97 minus the first eight digits modulo 97."""
    body = f"0{_digits(rng, 7)}"
    return f"BE{body}{97 - int(body) % 97:02d}"


_EU_NUMBERS = {"DE": _de, "FR": _fr, "IE": _ie, "NL": _nl, "BE": _be}


def vat_number_eu(country: str, rng: random.Random) -> str:
    """A VAT number of ``country`` (DE, FR, IE, NL, BE) whose check digits hold."""
    return _EU_NUMBERS[country](rng)


def counted_guid(salt: int, number: int) -> str:
    """The GUID of the ``number``-th record of a kind: quick, scattered, and never twice below 2**64 for one salt.

    Multiplying by an odd constant is a bijection, so no two numbers meet; ``salt`` (below 2**12) keeps kinds apart.
    """
    scattered = (number + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    digits = f"{scattered:016x}"
    return f"{digits[:8]}-{digits[8:12]}-4{salt:03x}-a{digits[12:15]}-{digits[15]}{salt:03x}{number & 0xFFFFFFFF:08x}"
