"""Writes docs/reference/sandbox.md: how to use the stand-in, and what of Xero's API it has, found out by asking it.

``python -m counterfoil.sandbox.coverage`` writes the page, ``--check`` only says whether it is current. Whether an
operation exists is not looked up in a list but tried: the data plane answers 501 to what it does not have.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from counterfoil.sandbox.control import ROUTES
from counterfoil.sandbox.fault_kinds import KINDS
from counterfoil.sandbox.resources import Request, answer
from counterfoil.sandbox.seeds import load
from counterfoil.sandbox.switches import EdgeSwitches
from counterfoil.sandbox.world import Organisation, Switches, World

PAGE = Path("docs/reference/sandbox.md")
_NOBODY = "00000000-0000-4000-8000-00000000dead"


@dataclass(frozen=True)
class Row:
    """One resource of Xero's Accounting API: what could be asked of it, and what is special about it here."""

    resource: str
    operations: tuple[str, ...]
    note: str = ""


_LIST_AND_ONE = ("GET", "GET /{id}")
_WRITES = ("PUT", "POST", "POST /{id}")
_HISTORY = ("GET /{id}/History", "PUT /{id}/History")
_FILES = (
    "GET /{id}/Attachments",
    "GET /{id}/Attachments/{file}",
    "PUT /{id}/Attachments/{file}",
    "POST /{id}/Attachments/{file}",
)
_DOCUMENT = _LIST_AND_ONE + _WRITES + _HISTORY + _FILES

ROWS = (
    Row("Organisation", ("GET", "GET /Actions", "GET /{id}/CISSettings")),
    Row(
        "Contacts",
        (*_DOCUMENT, "GET /{id}/CISSettings"),
        "A known name without an id is overwritten by POST, as in Xero.",
    ),
    Row(
        "ContactGroups",
        (
            *_LIST_AND_ONE,
            "PUT",
            "POST /{id}",
            "PUT /{id}/Contacts",
            "DELETE /{id}/Contacts",
            "DELETE /{id}/Contacts/{contact}",
        ),
    ),
    Row(
        "Items",
        (*_LIST_AND_ONE, *_WRITES, "DELETE /{id}", *_HISTORY),
        "Deleted items vanish; stock follows documents.",
    ),
    Row(
        "Invoices",
        (*_DOCUMENT, "GET /{id}/OnlineInvoice", "POST /{id}/Email"),
        "Numbers are shared with credit notes.",
    ),
    Row(
        "CreditNotes",
        (
            *_DOCUMENT,
            "PUT /{id}/Allocations",
            "DELETE /{id}/Allocations/{allocation}",
        ),
    ),
    Row("PurchaseOrders", _DOCUMENT, "Always paged; unit amounts have four places."),
    Row("Payments", (*_LIST_AND_ONE, "PUT", "POST", "POST /{id}", *_HISTORY), "Deleted ones stay listed."),
    Row("Accounts", (*_LIST_AND_ONE, "PUT", "POST /{id}", "DELETE /{id}", *_FILES)),
    Row("TaxRates", (*_LIST_AND_ONE, "PUT", "POST")),
    Row("Currencies", ("GET", "PUT")),
    Row("BrandingThemes", (*_LIST_AND_ONE, "GET /{id}/PaymentServices", "POST /{id}/PaymentServices")),
    Row(
        "TrackingCategories",
        (
            *_LIST_AND_ONE,
            "PUT",
            "POST /{id}",
            "DELETE /{id}",
            "PUT /{id}/Options",
            "POST /{id}/Options/{option}",
            "DELETE /{id}/Options/{option}",
        ),
        "At most two are active.",
    ),
    Row("Users", _LIST_AND_ONE),
    Row("Reports/AgedReceivablesByContact", ("GET",)),
    *(
        Row(name, ("GET",))
        for name in (
            "Reports/AgedPayablesByContact",
            "Reports/BalanceSheet",
            "Reports/BankSummary",
            "Reports/BudgetSummary",
            "Reports/ExecutiveSummary",
            "Reports/ProfitAndLoss",
            "Reports/TenNinetyNine",
            "Reports/TrialBalance",
            "BankTransactions",
            "BankTransfers",
            "BatchPayments",
            "Budgets",
            "ExpenseClaims",
            "InvoiceReminders",
            "Journals",
            "LinkedTransactions",
            "ManualJournals",
            "Overpayments",
            "PaymentServices",
            "Prepayments",
            "Quotes",
            "Receipts",
            "RepeatingInvoices",
        )
    ),
)


def operations_of(row: Row) -> tuple[list[str], list[str]]:
    """(offered, missing) operations of a resource, each tried on a small world."""
    world, organisation = _world()
    offered = [
        operation for operation in row.operations if _is_offered(world, organisation, row.resource, operation)
    ]
    return offered, [operation for operation in row.operations if operation not in offered]


def _world() -> tuple[World, Organisation]:
    world = World()
    (data,) = load("global", invoices=3, contacts=3, items=3, today=date(2026, 1, 31))
    return world, world.organisation_add(data)


def _is_offered(world: World, organisation: Organisation, resource: str, operation: str) -> bool:
    method, _, rest = operation.partition(" ")
    path = resource + rest.format(
        id=_NOBODY, file="a.txt", contact=_NOBODY, allocation=_NOBODY, option=_NOBODY
    )
    body = b"" if method in ("GET", "DELETE") else b"{}"
    request = Request(
        method, path, {}, {"accept": "application/json", "content-type": "application/json"}, body
    )
    return answer(world, organisation, request).status != 501


def page() -> str:
    """The whole page."""
    parts = [_HEAD, _resources(), _HOW, _control(), _HOW_FAULTS, _faults(), _HOW_SWITCHES, _switches()]
    return "\n".join(part.strip() + "\n" for part in parts)


def _resources() -> str:
    rows, absent = [], []
    for row in ROWS:
        offered, missing = operations_of(row)
        if not offered:
            absent.append(row.resource)
            continue
        reads = ", ".join(_code(o) for o in offered if o.startswith("GET"))
        writes = ", ".join(_code(o) for o in offered if not o.startswith("GET"))
        rows.append([row.resource, reads, writes or "-", ", ".join(map(_code, missing)) or "-", row.note])
    whole = _table(["Resource", "Read", "Write", "Not here (501)", "Note"], rows)
    return f"{whole}\n\nNot here at all (501): {', '.join(absent)}. Files, Assets, Payroll and Projects are other APIs and not here either."


def _control() -> str:
    return _table(
        ["Call", "What it does"],
        [[_code(f"{method} /control{path}"), says] for method, path, _, says in ROUTES],
    )


def _faults() -> str:
    return _table(
        ["Fault", "Case", "What happens"],
        [[_code(name), kind.code, kind.says] for name, kind in KINDS.items()],
    )


def _switches() -> str:
    defaults = asdict(Switches()) | asdict(EdgeSwitches())
    return _table(
        ["Switch", "Taken to be"],
        [[_code(name), _code(str(value).lower())] for name, value in defaults.items()],
    )


def _table(headings: list[str], rows: Iterable[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`"


_HEAD = """
<!-- Made by python -m counterfoil.sandbox.coverage; do not edit. -->

# The stand-in Xero

`counterfoil sandbox` runs a Xero of your own on 127.0.0.1: sign-in and consent, tokens, connections, the parts of the
Accounting API below, call limits, webhooks, and a plain web face for the accounts side. It is for trying Counterfoil,
for its tests and for drills. It is not Xero, keeps nothing after it ends, and listens to this machine only.

## Start it

    counterfoil sandbox                                   # the demo books, http://127.0.0.1:9800
    counterfoil sandbox --seed global                     # a company in US dollars with a sales tax
    counterfoil sandbox --invoices 100000 --contacts 20000
    counterfoil sandbox --seed recorded --recorded DIR    # a real organisation, from recorded answers

| Seed | What it is |
| --- | --- |
| `uk` | Tarn & Thistle, an invented wholesaler: 120 contacts, 80 items, 600 sales invoices in every status and three currencies, bills, credit notes, purchase orders, payments. With a small sister company that repeats its GUIDs over other records, and two users of whom one sees both. |
| `global` | Ember & Elm in US dollars, with a two-part sales tax. |
| `sized` | The same in any size: `--invoices`, `--contacts`, `--items`, `--credit-notes`, `--purchase-orders`. Taken when contacts or items are counted. |
| `recorded` | Whatever answers of the real Xero lie in a folder as `*.json`; an answer of GET /Organisation is needed. |

The same seed on the same day gives the same books to the byte. Dates lie in the years before today.

## Point Counterfoil at it

Set `COUNTERFOIL_XERO_SANDBOX=http://localhost:9800`, client id `counterfoil-demo`, client secret
`counterfoil-demo-secret`, and connect as you would to Xero. The consent page asks for no password.

## Play the accounts side

Open `http://127.0.0.1:9800/face`. Approve, pay, void, delete and edit invoices, archive, restore, edit and merge contacts,
change or delete items, bill purchase orders, allocate or refund credit. Refusals come in Xero's words.

## What it has of Xero's Accounting API
"""

_HOW = """
Lists take `page`, `pageSize`, `where`, `order`, `If-Modified-Since` and their own parameters where Xero does. Answers are
XML unless JSON is asked for. What it answers is held against Xero's published API description in the tests.

## Behind the scenes

The control plane has no counterpart in Xero. It takes and gives JSON and answers to this machine only.
"""

_HOW_FAULTS = """
## Faults

Arm one with `POST /control/faults`, for a method, a path, an organisation, the n-th call and so many calls.
"""

_HOW_SWITCHES = """
## What nobody knows about Xero

Where Xero's behaviour is undocumented and unmeasured, a switch says what is taken to be true here. A client that works
under one setting only depends on something unknown. Change them with `POST /control/switches`.
"""


def main(arguments: list[str] | None = None, *, say: Callable[[str], object] = print) -> int:
    """Write or check the page below the present folder; 1 when a check finds it out of date."""
    parser = argparse.ArgumentParser(description="Write the stand-in's reference page.")
    parser.add_argument("--check", action="store_true", help="only say whether the page is current")
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(arguments)
    wanted = page()
    if options.check:
        current = options.page.exists() and options.page.read_text(encoding="utf-8") == wanted
        say(
            f"{options.page} is {'current' if current else 'out of date: run python -m counterfoil.sandbox.coverage'}"
        )
        return 0 if current else 1
    options.page.write_text(wanted, encoding="utf-8")
    say(f"Wrote {options.page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
