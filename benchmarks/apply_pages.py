"""What one page costs between its decoded records and its rows: mapping, fingerprints, applying.

    python -m benchmarks.apply_pages [--rounds 5] [--database postgresql://...] [--profile]

Pages are 1,000 invoices of 5 lines, 500 items, 1,000 credit notes, 500 purchase orders. "fresh" is a first sync,
"changed" touches every record's header and a line, "same" applies equal values again (which the engine spares itself
by comparing fingerprints). Times are the best of the rounds, in milliseconds, since neighbours on the machine only
ever add; each fresh round writes further pages into the same tables.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import os
import pstats
import tempfile
import time
import uuid
from collections.abc import Callable
from typing import Any

AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
LINES = 5
CONTACTS = 2_000
ITEMS = 500


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database; SQLite when left out")
    parser.add_argument(
        "--cpu", action="store_true", help="this process's CPU time, which neighbours disturb less"
    )
    parser.add_argument("--profile", action="store_true", help="show where a fresh page of invoices goes")
    parser.add_argument(
        "--foreign", action="store_true", help="invoices in euros, so that every amount is divided"
    )
    return parser.parse_args()


def start(database: str, home: str) -> None:
    os.environ |= {
        "COUNTERFOIL_HOME": home,
        "COUNTERFOIL_DATABASE_URL": database or f"sqlite:///{home}/bench.sqlite3",
        "DJANGO_SETTINGS_MODULE": "counterfoil.project.settings",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def guid(kind: str, number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind}{number}"))


def line_json(kind: str, number: int, place: int, *, edited: bool) -> dict[str, Any]:
    quantity, price = number % 7 + 1, 12.5 + place
    amount = quantity * price
    return {
        "LineItemID": guid(f"{kind} line {place} of", number),
        "Description": f"Widget in colour {place}, delivered to the door"
        + (" (edited)" if edited and place == 2 else ""),
        "Quantity": float(quantity),
        "UnitAmount": price,
        "ItemCode": f"ITEM-{(number + place) % ITEMS}",
        "AccountCode": "200",
        "TaxType": "OUTPUT2",
        "TaxAmount": round(amount * 0.2, 2),
        "LineAmount": round(amount, 2),
        "Item": {"ItemID": guid("item", (number + place) % ITEMS), "Name": "Widget", "Code": "ITEM"},
        "Tracking": [],
    }


def document_json(
    kind: str, id_name: str, type_: str, number: int, *, edited: bool, foreign: bool
) -> dict[str, Any]:
    lines = [line_json(kind, number, place, edited=edited) for place in range(LINES)]
    net = sum(line["LineAmount"] for line in lines)
    tax = sum(line["TaxAmount"] for line in lines)
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=number % 300)
    ticks = f"/Date({int(day.timestamp())}000+0000)/"
    return {
        "Type": type_,
        id_name: guid(kind, number),
        "InvoiceNumber": f"INV-{number:06}",
        "CreditNoteNumber": f"CN-{number:06}",
        "PurchaseOrderNumber": f"PO-{number:06}",
        "Reference": f"Order {number}" + (", changed" if edited else ""),
        "Contact": {"ContactID": guid("contact", number % CONTACTS), "Name": f"Customer {number}"},
        "Date": ticks,
        "DateString": day.strftime("%Y-%m-%dT00:00:00"),
        "DueDate": ticks,
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "LineItems": lines,
        "SubTotal": round(net, 2),
        "TotalTax": round(tax, 2),
        "Total": round(net + tax, 2),
        "AmountDue": round(net + tax, 2),
        "RemainingCredit": round(net + tax, 2),
        "AmountPaid": 0.0,
        "AmountCredited": 0.0,
        "CurrencyCode": "EUR" if foreign else "GBP",
        "CurrencyRate": 1.1734 if foreign else 1.0,
        "UpdatedDateUTC": ticks,
    }


def item_json(number: int, *, edited: bool) -> dict[str, Any]:
    return {
        "ItemID": guid("item", number),
        "Code": f"ITEM-{number}",
        "Name": f"Widget {number}" + (" edited" if edited else ""),
        "Description": "A widget",
        "IsSold": True,
        "IsPurchased": True,
        "IsTrackedAsInventory": number % 2 == 0,
        "QuantityOnHand": float(number),
        "SalesDetails": {"UnitPrice": 12.5, "AccountCode": "200", "TaxType": "OUTPUT2"},
        "PurchaseDetails": {"UnitPrice": 7.25, "AccountCode": "310", "TaxType": "INPUT2"},
    }


class Stream:
    """One kind of record: how its page is made, mapped and applied."""

    def __init__(
        self, name: str, size: int, record: type, make: Callable[..., dict], values: Callable, apply: Callable
    ):
        self.name, self.size, self.record, self.make, self.values, self.apply = (
            name,
            size,
            record,
            make,
            values,
            apply,
        )

    def page(self, start: int, *, edited: bool) -> list[Any]:
        import msgspec

        body = msgspec.json.encode([self.make(n, edited=edited) for n in range(start, start + self.size)])
        return msgspec.json.decode(body, type=list[self.record])


def streams(*, foreign: bool) -> list[Stream]:
    from counterfoil.core.mapping.documents import credit_note_values, invoice_values
    from counterfoil.core.mapping.items import item_values
    from counterfoil.core.mapping.purchase_orders import purchase_order_values
    from counterfoil.crm.products.services import items_apply
    from counterfoil.crm.purchasing.services import purchase_orders_apply
    from counterfoil.crm.sales.services import documents_apply
    from counterfoil.xero.records import CreditNote, Invoice, Item, PurchaseOrder

    def document(kind: str, id_name: str, type_: str) -> Callable[..., dict]:
        return lambda n, edited: document_json(kind, id_name, type_, n, edited=edited, foreign=foreign)

    def at_home(values: Callable) -> Callable:
        return lambda record: values(record, home_currency="GBP")

    invoice = document("invoice", "InvoiceID", "ACCREC")
    credit = document("credit", "CreditNoteID", "ACCRECCREDIT")
    order = document("order", "PurchaseOrderID", "PURCHASEORDER")
    return [
        Stream("items", ITEMS, Item, item_json, item_values, items_apply),
        Stream("invoices", 1_000, Invoice, invoice, at_home(invoice_values), documents_apply),
        Stream("credit notes", 1_000, CreditNote, credit, at_home(credit_note_values), documents_apply),
        Stream(
            "purchase orders",
            500,
            PurchaseOrder,
            order,
            at_home(purchase_order_values),
            purchase_orders_apply,
        ),
    ]


def prepare_company() -> Any:
    from counterfoil.accounts.models import OperatingCompany
    from counterfoil.crm.customers.models import PurchaseLedger, SalesLedger
    from counterfoil.database import bulk

    company = OperatingCompany.objects.create(name=f"Bench {uuid.uuid4()}", slug=uuid.uuid4().hex)
    names = [(guid("contact", n), f"Customer {n}") for n in range(CONTACTS)]
    columns = ("operating_company_id", "ledger_id", "name", "created_at", "updated_at")
    rows = [(company.pk, ledger, name, AT, AT) for ledger, name in names]
    bulk.insert(PurchaseLedger, columns, rows)
    labelled = [(*row, row[2]) for row in rows]
    bulk.insert(SalesLedger, (*columns, "display_description"), labelled)
    return company


now = time.perf_counter


def clock(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = now()
    result = work()
    return (now() - begun) * 1000, result


def one_round(stream: Stream, company: Any, start: int) -> dict[str, float]:
    from django.db import transaction

    from counterfoil.core.fingerprint import fingerprint

    def apply(values: list[Any]) -> None:
        with transaction.atomic():
            applied = stream.apply(company, values, at=AT)
        if applied.written != stream.size or applied.refused:
            raise SystemExit(f"{stream.name}: {applied}")

    records, edited = stream.page(start, edited=False), stream.page(start, edited=True)
    spent: dict[str, float] = {}
    spent["map"], values = clock(lambda: [stream.values(record) for record in records])
    spent["fingerprints"], _ = clock(lambda: [fingerprint(value) for value in values])
    spent["fresh"], _ = clock(lambda: apply(values))
    spent["same"], _ = clock(lambda: apply(values))
    changed = [stream.values(record) for record in edited]
    spent["changed"], _ = clock(lambda: apply(changed))
    spent["map + fresh"] = spent["map"] + spent["fresh"]
    return spent


def profile(stream: Stream, company: Any) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(one_round, stream, company, 10_000_000)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> None:
    global now  # noqa: PLW0603  # one switch for the whole program
    asked = arguments()
    now = time.process_time if asked.cpu else time.perf_counter
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as home:
        start(asked.database, home)
        company = prepare_company()
        names = ("map", "fingerprints", "fresh", "map + fresh", "same", "changed")
        print(f"{'ms a page':18}" + "".join(f"{name:>14}" for name in names))
        for stream in streams(foreign=asked.foreign):
            rounds = [
                one_round(stream, company, 0 if stream.name == "items" else n * 1_000)
                for n in range(asked.rounds)
            ]
            # Items have one page only: every round but the first finds it there.
            best = {name: min(each[name] for each in rounds) for name in names}
            if stream.name == "items":
                best["fresh"] = rounds[0]["fresh"]
                best["map + fresh"] = rounds[0]["map + fresh"]
            print(f"{stream.name:18}" + "".join(f"{best[name]:14.1f}" for name in names))
        if asked.profile:
            profile(streams(foreign=asked.foreign)[1], company)


if __name__ == "__main__":
    main()
