"""The lists behind the figures: an address for each, which shows just the records that were counted."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse

# The columns a figure can be checked by: the net amounts, with their sum at the foot.
SALES_COLUMNS = "number,customer,date,status,net,total"


def address(name: str, criteria: Mapping[str, str], **more: str) -> str:
    shown = {key: value for key, value in {**criteria, **more}.items() if value and key != "today"}
    return f"{reverse(name)}?{urlencode(shown, safe=',')}" if shown else reverse(name)


def customers(status: str, **more: str) -> str:
    """Consumers too: who is overdue is overdue."""
    return address("customers", {"status": status, "b2c": "show"}, **more)
