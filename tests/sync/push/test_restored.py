"""The database is put back as it was before orders went out: what was sent since is found, and nothing goes twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from counterfoil.crm.quotes.models import Quote
from counterfoil.crm.quotes.services import quote_confirm
from counterfoil.crm.sales.models import SalesOrderHeader
from counterfoil.sync import wiring
from tests.sync.push.orders import Shop, shop

pytestmark = pytest.mark.django_db(transaction=True)


class SqliteCopy:
    """A copy of the file, as a backup program makes it while the server runs."""

    def __init__(self, folder: Path) -> None:
        self.file, self.copy = Path(str(connection.settings_dict["NAME"])), folder / "backup.sqlite3"
        connections.close_all()
        with closing(sqlite3.connect(self.file)) as now, closing(sqlite3.connect(self.copy)) as then:
            now.backup(then)

    def put_back(self) -> None:
        """Through SQLite: under a file that is swapped, connections of other threads would read what is gone."""
        connections.close_all()
        with closing(sqlite3.connect(self.copy)) as then, closing(sqlite3.connect(self.file)) as now:
            then.backup(now)


class PostgresqlCopy:
    """A second database made from the first as its template; put back by making the first from the second."""

    def __init__(self, _folder: Path) -> None:
        told = connection.settings_dict
        self.name = str(told["NAME"])
        self.address = {"host": told["HOST"], "port": told["PORT"] or None, "user": told["USER"] or None}
        self._made(f"{self.name}_copy", self.name)

    def put_back(self) -> None:
        self._made(self.name, f"{self.name}_copy")
        with self._link() as link:
            link.execute(f'DROP DATABASE "{self.name}_copy"')

    def _made(self, new: str, template: str) -> None:
        connections.close_all()
        with self._link() as link:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s)"
            link.execute(others, [[new, template]])
            link.execute(f'DROP DATABASE IF EXISTS "{new}"')
            link.execute(f'CREATE DATABASE "{new}" TEMPLATE "{template}"')

    def _link(self) -> psycopg.Connection[Any]:
        return psycopg.connect(dbname="postgres", autocommit=True, **self.address)


def copied(folder: Path) -> SqliteCopy | PostgresqlCopy:
    return SqliteCopy(folder) if connection.vendor == "sqlite" else PostgresqlCopy(folder)


def later(here: Shop) -> None:
    wiring.forget()  # the limits are of real minutes, of which hardly one passes
    for minutes in (1, 10, 70, 2, 2):
        here.pass_time(minutes=minutes)
        here.push()


def is_one(here: Shop, quote: Quote, known: str) -> None:
    quote.refresh_from_db()
    assert [one["InvoiceID"] for one in here.invoices(quote)] == [known]
    assert (here.state(quote), quote.invoice_id, quote.push_state) == ("sent", known, "sent")


@pytest.mark.rule("PU-7")
def test_after_a_backup_is_put_back_every_order_keeps_its_one_invoice(tmp_path: Path) -> None:
    with shop(limits=False) as here:
        known = here.order()
        here.push()
        known.refresh_from_db()
        unclear = here.order()
        here.here.arm("500_before_commit", method="PUT", path="Invoices")
        here.push()
        assert here.state(unclear) == "uncertain"
        waiting, draft = here.order(), here.quote()
        backup = copied(tmp_path)
        quote_confirm(draft, actor=here.here.user, at=here.clock())
        gone = here.order()
        later(here)
        sent = {quote.pk: here.invoices(quote)[0]["InvoiceID"] for quote in (unclear, waiting, draft, gone)}
        backup.put_back()
        wiring.forget()
        here.here.forget_calls()
        again = Quote.objects.get(pk=draft.pk)
        assert again.stage == "draft"
        quote_confirm(again, actor=here.here.user, at=here.clock())
        later(here)
        is_one(here, known, known.invoice_id)
        for quote in (unclear, waiting, again):
            is_one(here, quote, sent[quote.pk])
        assert not [call for call in here.writes() if call["path"].endswith("/Invoices")]
        here.here.sync_all()
        assert SalesOrderHeader.objects.filter(external_id=sent[gone.pk]).count() == 1
        assert not Quote.objects.filter(invoice_id=sent[gone.pk]).exists()
