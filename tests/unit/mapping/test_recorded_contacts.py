"""Answers of the real Xero, where the recordings are at hand: all of them map, nothing is set aside."""

import json
from pathlib import Path

import msgspec
import pytest

from counterfoil.core.mapping import contacts, finance
from counterfoil.xero import records

RECORDED = Path(__file__).parents[4] / "shared" / "recorded"

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recordings are not part of the product")


@pytest.mark.parametrize(
    ("file", "collection", "record", "mapping"),
    [
        ("contacts.json", "Contacts", records.Contact, contacts.contact_values),
        ("accounts.json", "Accounts", records.Account, finance.account_values),
        ("tax-rates.json", "TaxRates", records.TaxRate, finance.tax_rate_values),
    ],
)
def test_every_recorded_record_maps(file, collection, record, mapping):
    answers = json.loads((RECORDED / file).read_text())
    pages = answers if isinstance(answers, list) else [answers]
    found = [one for page in pages for one in page[collection]]
    values = [mapping(msgspec.json.decode(json.dumps(one), type=record)) for one in found]
    assert len(values) == len(found) > 0
