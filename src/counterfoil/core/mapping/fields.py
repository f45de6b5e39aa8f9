"""One row of a mapping table: which CRM field comes from where, by which rule, and who owns it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Owner = Literal["xero", "crm", "both"]


class MappedField(NamedTuple):
    """`field` names the CRM's, `path` the Xero record's (dots into parts, `[KIND]` picks by type).

    `owner` says whose value counts: `xero` is overwritten by every pull, `crm` by none, and `both`
    may be changed on either side (PU-2).
    """

    field: str
    path: str
    rule: str
    owner: Owner
