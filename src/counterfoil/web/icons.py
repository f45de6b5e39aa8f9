"""Icons from web/components/icons, put into the page as they are: no request, and they take its colour."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

_FOLDER = Path(__file__).parent / "components" / "icons"


@lru_cache(maxsize=256)
def icon(name: str, extra: str = "") -> SafeString:
    """The SVG called `name`, hidden from screen readers: words beside it say what it means."""
    drawing = (_FOLDER / f"{name}.svg").read_text(encoding="utf-8").strip()
    classes = f"icon {extra}".strip()
    # The files are our own, and `extra` comes from our templates: neither carries anything of a user's.
    return mark_safe(drawing.replace("<svg", f'<svg class="{classes}" aria-hidden="true"', 1))  # noqa: S308
