"""Xero's `where` and `order`: a small language, read into functions over rows. Facts: xero-facts 3.8.

Operators == = != > >= < <=, AND && OR ||, NOT and parentheses; DateTime(…), Guid("…"), true, false, null; and on text
Contains, StartsWith, EndsWith, ToLower, ToUpper, Trim. A quote inside text is doubled. Comparison with text ignores case,
and accents in a contact's Name, EmailAddress and AccountNumber.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .errors import QueryError
from .store import Collection, Row, record_of

if TYPE_CHECKING:
    from .books import Books

Where = Callable[[Row], bool]
Order = Callable[[list[Row]], list[Row]]
Value = Callable[[Row], Any]

_SLOW_LIMIT = 10_000
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|"")*")
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
      | (?P<sign>&&|\|\||==|!=|>=|<=|=|>|<|\(|\)|,|!|\.)
    )""",
    re.VERBOSE,
)
_METHODS = {"contains", "startswith", "endswith", "tolower", "toupper", "trim", "tostring"}


@dataclass(frozen=True)
class Token:
    """One word of a clause."""

    kind: str
    text: str


def tokens_of(clause: str) -> list[Token]:
    """Cut a clause into words. Raises QueryError on a character outside the language."""
    tokens: list[Token] = []
    place = 0
    clause = clause.rstrip()
    while place < len(clause):
        found = _TOKEN.match(clause, place)
        if found is None:
            raise QueryError(f"Invalid character or syntax at position {place}")
        kind = str(found.lastgroup)
        tokens.append(Token(kind, found[kind]))
        place = found.end()
    return tokens


class Parser:
    """Recursive descent over the tokens of one clause."""

    def __init__(self, clause: str, field: Callable[[str], Value]) -> None:
        self.tokens = tokens_of(clause)
        self.place = 0
        self.field = field

    def clause(self) -> Value:
        """The whole clause; anything left over is an error."""
        value = self._either()
        if self.place < len(self.tokens):
            raise QueryError(f"Syntax error at '{self.tokens[self.place].text}'")
        return value

    def _peek(self) -> str:
        if self.place >= len(self.tokens):
            return ""
        token = self.tokens[self.place]
        return token.text.lower() if token.kind in ("name", "sign") else token.kind

    def _take(self) -> Token:
        if self.place >= len(self.tokens):
            raise QueryError("Expression expected")
        self.place += 1
        return self.tokens[self.place - 1]

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token.text != sign:
            raise QueryError(f"'{sign}' expected")

    def _either(self) -> Value:
        left = self._both()
        while self._peek() in ("or", "||"):
            self._take()
            left = _either_of(left, self._both())
        return left

    def _both(self) -> Value:
        left = self._comparison()
        while self._peek() in ("and", "&&"):
            self._take()
            left = _both_of(left, self._comparison())
        return left

    def _comparison(self) -> Value:
        if self._peek() in ("!", "not"):
            self._take()
            inner = self._comparison()
            return lambda row: not _truth(inner(row))
        left = self._term()
        sign = self._peek()
        if sign in _COMPARE:
            self._take()
            return _compared(_COMPARE[sign], left, self._term())
        return left

    def _term(self) -> Value:
        token = self._take()
        if token.kind == "text":
            return self._called(_constant(token.text[1:-1].replace('""', '"')))
        if token.kind == "number":
            return _constant(Decimal(token.text))
        if token.text == "(":
            inner = self._either()
            self._expect(")")
            return self._called(inner)
        if token.kind == "name":
            return self._named(token.text)
        raise QueryError(f"Syntax error at '{token.text}'")

    def _named(self, name: str) -> Value:
        word = name.lower()
        if word in _WORDS:
            return _constant(_WORDS[word])
        if word in ("datetime", "guid") and self._peek() == "(":
            return _constant(_DATE_OR_GUID[word](self._arguments()))
        parts = name.split(".")
        if parts[-1].lower() in _METHODS and self._peek() == "(":
            if len(parts) == 1:
                raise QueryError(f"No applicable method '{name}' exists")
            return self._called(self._call(self.field(".".join(parts[:-1])), parts[-1]))
        return self._called(self.field(name))

    def _called(self, value: Value) -> Value:
        while self._peek() == ".":
            self._take()
            name = self._take().text
            if name.lower() not in _METHODS:
                raise QueryError(f"No applicable method '{name}' exists")
            value = self._call(value, name)
        return value

    def _call(self, value: Value, method: str) -> Value:
        return _method(method.lower(), value, self._arguments())

    def _arguments(self) -> list[Any]:
        self._expect("(")
        given: list[Any] = []
        while self._peek() != ")":
            token = self._take()
            if token.kind == "text":
                given.append(token.text[1:-1].replace('""', '"'))
            elif token.kind == "number":
                given.append(int(Decimal(token.text)))
            else:
                raise QueryError(f"Syntax error at '{token.text}'")
            if self._peek() == ",":
                self._take()
        self._take()
        return given


def _constant(value: Any) -> Value:
    return lambda row: value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise QueryError("Expression of type 'Boolean' expected")
    return value


def _either_of(left: Value, right: Value) -> Value:
    return lambda row: _truth(left(row)) or _truth(right(row))


def _both_of(left: Value, right: Value) -> Value:
    return lambda row: _truth(left(row)) and _truth(right(row))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


class _Unaccented(str):
    """Text of a field that Xero compares without regard to accents: a contact's optimised ones (xero-facts 3.8)."""

    __slots__ = ()


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def _compared(test: Callable[[Any, Any], bool], left: Value, right: Value) -> Value:
    def compare(row: Row) -> bool:
        one, other = left(row), right(row)
        if isinstance(one, _Unaccented) and isinstance(other, str):
            return test(_without_accents(one), _without_accents(other))
        one, other = _plain(one), _plain(other)
        if one is None or other is None:
            return test(one is None, other is None) if test in _EQUALITY else False
        if type(one) is not type(other):
            raise QueryError(f"Operator incompatible with operand types '{_type(one)}' and '{_type(other)}'")
        return test(one, other)

    return compare


def _type(value: Any) -> str:
    return {"str": "String", "Decimal": "Decimal", "datetime": "DateTime", "bool": "Boolean"}.get(
        type(value).__name__, type(value).__name__
    )


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


def _unequal(one: Any, other: Any) -> bool:
    return bool(one != other)


_EQUALITY = (_equal, _unequal)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "=": _equal,
    "!=": _unequal,
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


def _method(name: str, value: Value, arguments: list[Any]) -> Value:
    if name in _WITH_TEXT and (len(arguments) != 1 or not isinstance(arguments[0], str)):
        raise QueryError(f"No applicable method '{name}' exists in type 'String'")

    def call(row: Row) -> Any:
        text = value(row)
        if not isinstance(text, str):
            # Unguarded null is an error at Xero as well: live probes, xero-facts 3.8.
            raise QueryError("Object reference not set to an instance of an object.")
        if name in _WITH_TEXT:
            return _WITH_TEXT[name](text.casefold(), arguments[0].casefold())
        return _WITHOUT[name](text)

    return call


_WITH_TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_WITHOUT: dict[str, Callable[[str], str]] = {
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
    "tostring": str,
}


def _moment(arguments: list[Any]) -> datetime:
    try:
        return datetime(*arguments).replace(tzinfo=UTC)  # noqa: DTZ001 - the zone follows at once
    except (TypeError, ValueError) as error:
        raise QueryError("No applicable constructor exists in type 'DateTime'") from error


def _guid(arguments: list[Any]) -> str:
    if len(arguments) != 1 or not re.fullmatch(r"[0-9A-Fa-f-]{36}", str(arguments[0])):
        raise QueryError("Guid should contain 32 digits with 4 dashes")
    return str(arguments[0])


_DATE_OR_GUID: dict[str, Callable[[list[Any]], Any]] = {"datetime": _moment, "guid": _guid}


def field_of(books: Books, collection: Collection, name: str) -> Value:
    """A reader of one field: out of the facts when it is optimised, else out of the whole record."""
    word = name.lower()
    word = _ALIASES.get(collection.name, {}).get(word, word)
    place = collection.fields.get(word)
    if place is not None and collection.name == "Contacts" and word in _ACCENT_BLIND:
        return lambda row: None if row.facts[place] is None else _Unaccented(row.facts[place])
    if place is not None:
        return lambda row: row.facts[place]
    if word == collection.id_key.lower():
        return lambda row: row.key
    if word == "updateddateutc":
        return lambda row: datetime.fromtimestamp(row.stamp / 1000, UTC)
    flag = {"iscustomer": "IsCustomer", "issupplier": "IsSupplier"}.get(word)
    if flag is not None and collection.name == "Contacts":
        return lambda row: row.key in books.store.parties[flag]
    if word in _CONTACT_FACTS and "contact.contactid" in collection.fields:
        return _through_contact(books, collection, _CONTACT_FACTS[word])
    if word not in _KNOWN.get(collection.name, frozenset()):
        raise QueryError(f"No property or field '{name}' exists in type '{collection.name[:-1]}'")
    if len(collection) > _SLOW_LIMIT:
        raise QueryError(
            f"'{name}' is not an optimised field and the organisation has too many records for it"
        )
    return _slow(word.split("."))


def _through_contact(books: Books, collection: Collection, fact: int) -> Value:
    place = collection.fields["contact.contactid"]

    def read(row: Row) -> Any:
        contact = books.store.contacts.get(row.facts[place])
        return contact.facts[fact] if contact else None

    return read


def _slow(path: list[str]) -> Value:
    def read(row: Row) -> Any:
        value: Any = record_of(row)
        for word in path:
            if not isinstance(value, dict):
                return None
            value = next((value[key] for key in value if key.lower() == word), None)
        return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value

    return read


_ACCENT_BLIND = frozenset({"name", "emailaddress", "accountnumber"})
_CONTACT_FACTS = {"contact.name": 1, "contact.contactnumber": 2}
_ALIASES: dict[str, dict[str, str]] = {
    "Invoices": {"invoicenumber": "number"},
    "CreditNotes": {"creditnotenumber": "number"},
    "PurchaseOrders": {"purchaseordernumber": "number"},
}
_DOCUMENT_KNOWN = frozenset(
    "currencycode currencyrate subtotal totaltax lineamounttypes brandingthemeid senttocontact hasattachments "
    "fullypaidondate amountcredited url expectedpaymentdate plannedpaymentdate".split()
)
_KNOWN: dict[str, frozenset[str]] = {
    "Contacts": frozenset(
        "taxnumber bankaccountdetails accountsreceivabletaxtype accountspayabletaxtype website iscustomer "
        "issupplier hasattachments skypeusername".split()
    ),
    "Invoices": _DOCUMENT_KNOWN,
    "CreditNotes": _DOCUMENT_KNOWN | {"remainingcredit"},
    "PurchaseOrders": _DOCUMENT_KNOWN | {"deliverydate", "expectedarrivaldate"},
    "Payments": frozenset(
        "currencyrate isreconciled bankamount invoice.invoiceid invoice.invoicenumber account.accountid "
        "account.code hasaccount".split()
    ),
    "Items": frozenset(
        "description purchasedescription istrackedasinventory salesdetails.unitprice salesdetails.accountcode "
        "salesdetails.taxtype purchasedetails.unitprice purchasedetails.accountcode "
        "purchasedetails.taxtype inventoryassetaccountcode".split()
    ),
    "Accounts": frozenset(
        "name type class taxtype enablepaymentstoaccount systemaccount bankaccounttype currencycode "
        "showinexpenseclaims reportingcode".split()
    ),
}


def where_of(books: Books, collection: Collection) -> Where | None:
    """The `where` parameter as a test on rows; None without one. Raises QueryError."""
    clause = books.query.get("where")
    if not clause or not clause.strip():
        return None
    try:
        value = Parser(clause, lambda name: field_of(books, collection, name)).clause()
    except RecursionError as error:
        raise QueryError("The expression is nested too deeply") from error
    return lambda row: _truth(value(row))


def order_of(books: Books, collection: Collection) -> Order | None:
    """The `order` parameter as a sort; None without one. Ties keep the order of ids. Raises QueryError."""
    clause = books.query.get("order")
    if not clause or not clause.strip():
        return None
    steps: list[tuple[Value, bool]] = []
    for term in clause.split(","):
        words = term.split()
        if not words or len(words) > 2 or (words[-1].upper() not in _DIRECTIONS and len(words) == 2):
            raise QueryError(f"Syntax error in order '{clause}'")
        steps.append((field_of(books, collection, words[0]), len(words) == 2 and words[1].upper() in _DOWN))

    def sort(rows: list[Row]) -> list[Row]:
        rows = sorted(rows, key=lambda row: row.key)
        for value, down in reversed(steps):
            rows = sorted(rows, key=lambda row: _sortable(value(row)), reverse=down)
        return rows

    return sort


_DOWN = ("DESC", "DESCENDING")
_DIRECTIONS = ("ASC", "ASCENDING", *_DOWN)


def _sortable(value: Any) -> tuple[bool, Any]:
    return value is not None, _plain(value) if value is not None else 0


def plain_where(clause: str | None, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`where` over short lists of plain records, such as tax rates. Raises QueryError."""
    if not clause or not clause.strip():
        return records

    def field(name: str) -> Value:
        if not any(name.lower() == key.lower() for record in records for key in record):
            raise QueryError(f"No property or field '{name}' exists")
        return lambda row: next(
            (row.facts[0][key] for key in row.facts[0] if key.lower() == name.lower()), None
        )

    value = Parser(clause, field).clause()
    return [record for record in records if _truth(value(Row("", 0, (), (record,))))]
