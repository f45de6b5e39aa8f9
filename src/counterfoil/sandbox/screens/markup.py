"""HTML from Python values: text is always escaped, only ``Markup`` passes through. Knows no page."""

from html import escape

_EMPTY = frozenset({"input", "meta", "br"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | int | None


def element(tag: str, *children: Content, **attributes: str | bool | None) -> Markup:
    """One element. ``class_`` and ``for_`` lose their underscore, other underscores become hyphens.

    An attribute that is True stands alone, one that is False or None is left out; a child that is None too.
    """
    opening = f"<{tag}{''.join(map(_attribute, attributes.items()))}>"
    if tag in _EMPTY:
        return Markup(opening)
    return Markup(f"{opening}{together(*children)}</{tag}>")


def together(*children: Content) -> Markup:
    """Several pieces of content in a row."""
    return Markup("".join(_content(child) for child in children))


def _content(child: Content) -> str:
    if child is None:
        return ""
    return child if isinstance(child, Markup) else escape(str(child), quote=False)


def _attribute(attribute: tuple[str, str | bool | None]) -> str:
    name, value = attribute
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
