"""What mapping and applying stand on."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.accounts.models import OperatingCompany
from counterfoil.crm.customers.rules import ContactRules


@dataclass(frozen=True)
class Ground:
    """What mapping and applying stand on during one pass."""

    company: OperatingCompany
    rules: ContactRules
    home_currency: str
