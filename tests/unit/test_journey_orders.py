"""What the demo's check calls equal: sums first, then line by line."""

import pytest

from counterfoil.project.ordering import differences

LINE = {"kind": "item", "description": "Wire", "amount": "106.71", "tax": "21.34"}
HEADING = {"kind": "heading", "description": "Ground floor"}
ORDER = {"net": "106.7100", "tax": "21.34", "total": "128.05", "lines": [HEADING, LINE]}
THERE = {"Description": "Wire", "LineAmount": "106.71", "TaxAmount": "21.34"}
INVOICE = {
    "SubTotal": "106.71",
    "TotalTax": "21.34",
    "Total": "128.05",
    "LineItems": [{"Description": "Ground floor", "LineAmount": 0}, THERE],
}


def test_amounts_are_compared_by_value_and_a_line_of_words_has_none() -> None:
    assert differences(ORDER, INVOICE) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Total": "128.06"}, "total 128.05 is 128.06 in Xero"),
        ({"TotalTax": "21.33"}, "tax 21.34 is 21.33 in Xero"),
        ({"LineItems": INVOICE["LineItems"][:1]}, "line 2 is on one side only"),
        ({"LineItems": [HEADING | {"Description": "Attic"}, THERE]}, "line 1 is called Attic in Xero"),
        (
            {"LineItems": [HEADING | {"Description": "Ground floor"}, THERE | {"TaxAmount": "21.35"}]},
            "tax of line 2 21.34 is 21.35 in Xero",
        ),
    ],
)
def test_a_penny_or_a_line_that_is_not_the_same_is_said(change: dict, said: str) -> None:
    assert differences(ORDER, INVOICE | change) == [said]
