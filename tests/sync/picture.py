"""Everything a sync has stored, as values that two runs can be compared by."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.apps import apps
from django.db.models import Field, Model

from counterfoil.crm.finance.models import ReferenceRate
from counterfoil.sync.models import Link, SetAside

LEFT_OUT = {"uuid", "image"}
# With which day the bundled history of rates begins depends on the day it is loaded on.
RATES_SINCE = dt.date(2026, 1, 1)


def picture() -> dict[str, Counter[tuple[str, ...]]]:
    """Every row of the business records and every link, without keys and times of our own."""
    models = [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("counterfoil.crm.")
        for model in config.get_models()
    ]
    return {model.__name__: _rows(model) for model in [*models, Link, SetAside]}


def _rows(model: type[Model]) -> Counter[tuple[str, ...]]:
    names = [field.name for field in model._meta.concrete_fields if _is_value(field)]
    rows = model._default_manager.values_list(*names)
    if model is ReferenceRate:
        rows = rows.filter(on__gte=RATES_SINCE)
    return Counter(tuple(str(value) for value in row) for row in rows)


def _is_value(field: Field[Any, Any]) -> bool:
    own = field.primary_key or field.is_relation or field.name in LEFT_OUT
    return not own and not f"_{field.name}".endswith("_at")
