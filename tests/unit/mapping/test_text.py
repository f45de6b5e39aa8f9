import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.mapping.errors import CannotMap
from counterfoil.core.mapping.text import bounded, clean


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (None, ""),
        ("", ""),
        ("  Acme  ", "Acme"),
        ("two  spaces inside", "two  spaces inside"),
        ("1 High St\r\nLeeds\rUK", "1 High St\nLeeds\nUK"),
        ("\ufeffAcme\u200b", "Acme"),
        ("a\u200db", "a\u200db"),
        ("nul\x00l", "null"),
        ("half\ud83d", "half"),
        ("Zoë 漢字 🎈", "Zoë 漢字 🎈"),
        ("\u3000Acme\u2003", "Acme"),
    ],
)
def test_what_means_nothing_is_dropped_from_text(raw, kept):
    assert clean(raw) == kept


@given(st.text())
def test_clean_text_is_clean_and_can_be_stored(text):
    once = clean(text)
    assert clean(once) == once
    assert "\x00" not in once
    assert "\r" not in once
    once.encode()


@pytest.mark.rule("SY-10")
def test_a_text_that_no_index_can_hold_refuses_its_record_with_a_sentence():
    with pytest.raises(CannotMap, match=r"Name: has 501 characters; at most 500 can be kept\."):
        bounded("x" * 501, "Name", 500)
    assert bounded(" " + "x" * 500, "Name", 500) == "x" * 500
