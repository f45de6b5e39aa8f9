import re

import pytest

from counterfoil.core.marker import contact_number, marker, marker_in, marker_url

KEY = b"0123456789abcdef0123456789abcdef"
PARTS = {"key": KEY, "company": "c1", "kind": "invoice", "order": "6f1c", "revision": 1}


@pytest.mark.rule("PU-7")
def test_a_restored_database_makes_the_same_mark_for_the_same_order():
    # Fixed for ever: what is in Xero carries it.
    assert marker(**PARTS) == marker(**PARTS) == "jeunqcs3hkhsdgl2h4s6s4othq"


@pytest.mark.parametrize(
    "changed",
    [{"key": b"another"}, {"company": "c2"}, {"kind": "contact"}, {"order": "6f1d"}, {"revision": 2}],
)
def test_another_order_company_kind_revision_or_installation_has_another_mark(changed):
    assert marker(**PARTS | changed) != marker(**PARTS)


def test_parts_cannot_run_into_each_other():
    with pytest.raises(ValueError, match="separates"):
        marker(**PARTS | {"company": "c1|invoice"})


def test_the_mark_is_found_again_in_the_link():
    mark = marker(**PARTS)
    assert re.fullmatch("[a-z2-7]{26}", mark)
    assert marker_in(marker_url("crm.example.com", mark)) == mark
    assert marker_in(marker_url("crm.example.com", mark).upper().replace("/X/", "/x/") + "?utm=1") == mark


@pytest.mark.parametrize(
    "url", [None, "", "https://crm.example.com/quotes/7", "https://a.example/x/short", "/x/" + "a" * 27]
)
def test_other_links_carry_no_mark(url):
    assert marker_in(url) == ""


@pytest.mark.parametrize("host", ["", "xero.example.com", "crm.example.com/path"])
def test_a_host_that_xero_would_refuse_is_refused_here(host):
    with pytest.raises(ValueError, match="cannot stand"):
        marker_url(host, marker(**PARTS))


def test_a_contact_number_fits_into_fifty_characters():
    number = contact_number("6f1c", key=KEY, company="c1")
    assert number.startswith("crm-")
    assert len(number) == 30
