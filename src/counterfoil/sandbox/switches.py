"""What is unknown or optional at Xero's edge, as switches beside those of ``world.Switches``.

Each has the assumption of the fact sheet (section 8) as its default; a client that only works with one
setting of a switch depends on something unknown.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(slots=True)
class EdgeSwitches:
    """``grace_minutes`` is documented as 30; 0 takes the grace away for tests that must not rely on it.

    ``webhooks_on_request`` holds deliveries back until the control plane asks for them.
    """

    grace_minutes: int = 30
    idempotency_per_tenant: bool = False
    webhooks_duplicate: bool = False
    webhooks_shuffle: bool = False
    webhooks_on_request: bool = False


def as_values(switches: Any) -> dict[str, Any]:
    """The switches as a plain dict."""
    return asdict(switches)


def change(switches: Any, values: dict[str, Any]) -> set[str]:
    """Set those switches that this dataclass has; return the names it has.

    Raises ValueError when a value has another type than the present one.
    """
    known = {field.name for field in fields(switches)} & values.keys()
    for name in known:
        if type(getattr(switches, name)) is not type(values[name]):
            raise ValueError(f"{name} must be like {getattr(switches, name)!r}, not {values[name]!r}.")
        setattr(switches, name, values[name])
    return known
