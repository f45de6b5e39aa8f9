r"""Text as the CRM stores it: without what fluctuates or what a database refuses.

Xero sends an absent key, null and "" for the same nothing, `\\r\\n` or `\\n` for the same line break,
and now and then zero-width characters at the ends (xero-facts 3.3). PostgreSQL refuses NUL, and no
database takes a lone surrogate.
"""

from __future__ import annotations

import re

from counterfoil.core.mapping.errors import CannotMap

# B-tree entries of PostgreSQL end at about 2,700 bytes; 500 characters of any script fit.
INDEXED_LIMIT = 500

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_INVISIBLE = (
    " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\xad\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\ufeff"
    "\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)


def clean(value: str | None) -> str:
    r"""`value` without NUL and surrogates, its ends bare, line breaks as `\\n`; "" for nothing."""
    if not value:
        return ""
    if value.isascii() and "\0" not in value and "\r" not in value:
        return value.strip()  # of the invisible ones, ASCII has only white space
    value = _UNSTORABLE.sub("", value)
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return value.strip(_INVISIBLE)


def bounded(value: str | None, field: str, limit: int) -> str:
    """`clean(value)`; raises CannotMap when that is longer than `limit` characters."""
    text = clean(value)
    if len(text) > limit:
        raise CannotMap(field, f"has {len(text):,} characters; at most {limit:,} can be kept.")
    return text
