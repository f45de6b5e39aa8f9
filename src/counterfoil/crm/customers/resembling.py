"""Which customers look like one that somebody is about to make (CU, D24)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Lower, Replace, Right

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.customers.models import SalesLedger

_MOST: Final = 20
# Numbers of a phone that are compared: without country and trunk codes, which people write differently.
_PHONE_DIGITS: Final = 8
_PHONE_LEAST: Final = 6
_PHONE_SIGNS: Final = " -()./+"
_VAT_SIGNS: Final = " .-"
# Endings that say what form a company has, not which it is.
_FORMS: Final = re.compile(
    r"\b(ltd|limited|llp|plc|inc|incorporated|corp|corporation|co|company|gmbh|ag|kg|ug|sa|sas|sarl|srl|spa|bv|nv|"
    r"oy|ab|as|aps|pty|llc|lp)\b"
)
SIMILAR: Final = "a similar name"
# How much of two names, and of each two words that differ, is the same: Centre and Center, not Leeds and Leigh.
_ALIKE, _WORD_ALIKE = 0.88, 0.75
# Names looked at on either side of a name in the index.
_NEIGHBOURS: Final = 150


class Resemblance(NamedTuple):
    """A customer that looks alike, and what they share: name, e-mail, VAT number, phone, or almost the name."""

    ledger: SalesLedger
    because: tuple[str, ...]

    @property
    def words(self) -> str:
        """As people are told: same e-mail and phone; same phone and a similar name; a similar name."""
        same = " and ".join(one for one in self.because if one != SIMILAR)
        parts = [f"same {same}"] if same else []
        return " and ".join([*parts, SIMILAR] if SIMILAR in self.because else parts)


def customers_resembling(
    company: OperatingCompany, *, name: str = "", email: str = "", vat_number: str = "", phone: str = ""
) -> list[Resemblance]:
    """Customers that share something with what is given, those that share most first; at most 20."""
    shared: dict[int, list[str]] = {}
    ledgers: dict[int, SalesLedger] = {}
    for because, rows in (
        ("name", _by_name(company, name)),
        ("e-mail", _by_email(company, email)),
        ("VAT number", _by_vat(company, vat_number)),
        ("phone", _by_phone(company, phone)),
        (SIMILAR, _by_similar_name(company, name)),
    ):
        for ledger in rows:
            ledgers[ledger.pk] = ledger
            shared.setdefault(ledger.pk, []).append(because)
    found = [Resemblance(ledgers[key], tuple(reasons)) for key, reasons in shared.items()]
    return sorted(found, key=lambda one: (-len(one.because), one.ledger.name))[:_MOST]


def name_stem(name: str) -> str:
    """A name without case, accents, signs and legal form: what two spellings of one name share."""
    return "".join(_words(name))


def names_similar(one: str, other: str) -> bool:
    """Whether two names may be one, spelt differently: Garden Centre and Garden Center.

    They begin with the same word and have the same numbers, which tell branches apart; where they have as many words,
    those that differ are alike too, or else towns at the end of long names would not count.
    """
    words, others = _words(one), _words(other)
    if words[:1] != others[:1] or _numbers(words) != _numbers(others):
        return False
    pairs = zip(words, others, strict=True) if len(words) == len(others) else ()
    matcher = SequenceMatcher(None, "".join(words), "".join(others))
    return (
        matcher.quick_ratio() >= _ALIKE
        and matcher.ratio() >= _ALIKE
        and all(SequenceMatcher(None, *pair).ratio() >= _WORD_ALIKE for pair in pairs)
    )


def _words(name: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = re.sub(r"[^\w\s]", "", plain.replace("&", " and "))
    return _FORMS.sub(" ", words).split() or words.split()


def _numbers(words: Sequence[str]) -> list[str]:
    return re.findall(r"\d+", " ".join(words))


def _rows(company: OperatingCompany) -> QuerySet[SalesLedger]:
    rows: QuerySet[SalesLedger] = SalesLedger.objects.of(company)
    return rows


def _by_name(company: OperatingCompany, name: str) -> Iterable[SalesLedger]:
    """By the first letters in the database, then by stem: an index serves the first, Python the rest."""
    stem = name_stem(name)
    if not stem:
        return []
    first = name.strip().casefold()[:2]
    rows = (
        _rows(company)
        .annotate(lowered=Lower("name"))
        .filter(Q(lowered=name.strip().lower()) | Q(name__istartswith=first))
    )
    keys = [key for key, other in rows.values_list("pk", "name") if name_stem(other) == stem]
    return _rows(company).filter(pk__in=keys[:_MOST])


def _by_similar_name(company: OperatingCompany, name: str) -> Iterable[SalesLedger]:
    """Among the names that stand next to it in their order, which the index gives whatever the number of customers."""
    lowered, stem = name.strip().lower(), name_stem(name)
    rows = _rows(company).annotate(lowered=Lower("name"))
    after = rows.filter(lowered__gte=lowered).order_by("lowered", "pk")[:_NEIGHBOURS]
    before = rows.filter(lowered__lt=lowered).order_by("-lowered", "-pk")[:_NEIGHBOURS]
    near = [*after.values_list("pk", "name"), *before.values_list("pk", "name")] if stem else []
    keys = [key for key, other in near if name_stem(other) != stem and names_similar(name, other)]
    return _rows(company).filter(pk__in=keys[:_MOST]) if keys else []


def _by_email(company: OperatingCompany, email: str) -> Iterable[SalesLedger]:
    return _rows(company).filter(email__iexact=email.strip())[:_MOST] if email.strip() else []


def _by_vat(company: OperatingCompany, vat_number: str) -> Iterable[SalesLedger]:
    """With or without its country prefix."""
    bare = _bare(vat_number, _VAT_SIGNS)
    digits = re.sub(r"^[A-Z]{2}", "", bare)
    if len(digits) < _PHONE_LEAST:
        return []
    rows = _rows(company).exclude(vat_number="").alias(bare_vat=_without("vat_number", _VAT_SIGNS))
    wanted = Q(bare_vat__iexact=bare) | Q(bare_vat__iexact=digits) | Q(bare_vat__iendswith=digits)
    return rows.filter(wanted)[:_MOST]


def _by_phone(company: OperatingCompany, phone: str) -> Iterable[SalesLedger]:
    digits = re.sub(r"\D", "", phone)[-_PHONE_DIGITS:]
    if len(digits) < _PHONE_LEAST:
        return []
    rows = _rows(company).exclude(phone="")
    return rows.alias(last=Right(_without("phone", _PHONE_SIGNS), len(digits))).filter(last=digits)[:_MOST]


def _bare(text: str, signs: str) -> str:
    return "".join(c for c in text.upper() if c not in signs)


def _without(column: str, signs: str) -> Any:
    made: Any = F(column)
    for sign in signs:
        made = Replace(made, Value(sign), Value(""), output_field=TextField())
    return made
