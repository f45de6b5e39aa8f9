"""The signature of a delivery, over the bytes as they came (WH-1)."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from counterfoil.xero.webhooks import is_signed

KEY = "a-webhook-key"
BODIES = [
    b"{}",
    b'{"events":[],"entropy":"S\\u0026"}',
    b'{"events":[]}\r\n',
    b'\xef\xbb\xbf{"events":[]}',
    b"\x1f\x8b\x08\x00 not text at all \xff",
]


def signature_of(body: bytes) -> str:
    return base64.b64encode(hmac.digest(KEY.encode(), body, hashlib.sha256)).decode()


@pytest.mark.rule("WH-1")
@pytest.mark.failure("H2")
@pytest.mark.parametrize("body", BODIES)
def test_it_is_made_of_the_bytes_as_they_came(body: bytes) -> None:
    assert is_signed(body, signature_of(body), KEY)
    assert not is_signed(body + b" ", signature_of(body), KEY)


@pytest.mark.rule("WH-1")
@pytest.mark.failure("H1", "H5")
@pytest.mark.parametrize(
    "signature", ["", "=", "not base64 !", "ä" * 44, "A" * 10_240, signature_of(b"other")]
)
def test_what_is_no_signature_of_this_body_is_none_and_breaks_nothing(signature: str) -> None:
    assert not is_signed(b"{}", signature, KEY)


@pytest.mark.rule("WH-1")
@pytest.mark.failure("H1", "H5")
def test_one_other_character_anywhere_makes_it_another() -> None:
    right = signature_of(b"{}")
    for place, letter in enumerate(right):
        other = right[:place] + ("A" if letter != "A" else "B") + right[place + 1 :]
        assert not is_signed(b"{}", other, KEY)
    assert not is_signed(b"{}", right.replace("/", "").replace("=", ""), KEY)
