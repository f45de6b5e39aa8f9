"""What a Word template may say: fields, `for`, `if`, `set`, comparisons, and a few filters.

Jinja's own sandbox keeps expressions from Python's insides; here much less is left to begin with. No
call of any kind, no attribute that is not a field, no macro, include or import.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

FILTERS: Final = frozenset(
    "abs capitalize default d first join last length count list lower replace round selectattr rejectattr "
    "title trim truncate upper e escape".split()
)
TESTS: Final = frozenset(
    "defined undefined none odd even divisibleby number string true false eq equalto ne lt le gt ge in "
    "== != < <= > >=".split()
)
LOOP: Final = frozenset(
    "index index0 revindex revindex0 first last length previtem nextitem depth depth0".split()
)
DEEPEST: Final = 4
_STATEMENTS: Final = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.Extends: "extends",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.Block: "block",
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.EvalContextModifier: "autoescape",
}


class Unknown(StrictUndefined):
    """A name that is no field: says so, and what was probably meant. `top` are the names outside any group."""

    __slots__ = ()
    top: tuple[str, ...] = ()

    @property
    def _undefined_message(self) -> str:
        return self.sentence()

    def sentence(self) -> str:
        owner = self._undefined_obj
        known = [key for key in owner if isinstance(key, str)] if isinstance(owner, dict) else self.top
        meant = difflib.get_close_matches(str(self._undefined_name), known, n=1, cutoff=0.6)
        instead = f" Did you mean “{meant[0]}”?" if meant else ""
        return f"there is no field “{self._undefined_name}” here.{instead}"


class Expressions(ImmutableSandboxedEnvironment):
    """Jinja cut down to filling in fields; `known` are the names of those at the top."""

    intercepted_binops = frozenset({"**", "*", "%", "//"})

    def __init__(self, known: Iterable[str] = ()) -> None:
        undefined = type("Unknown", (Unknown,), {"__slots__": (), "top": tuple(known)})
        super().__init__(autoescape=True, undefined=undefined, finalize=_shown)
        self.globals.clear()
        self.filters = {name: made for name, made in self.filters.items() if name in FILTERS}
        self.tests = {name: made for name, made in self.tests.items() if name in TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self._field(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, list | tuple) and isinstance(argument, int):
            if -len(obj) <= argument < len(obj):
                return obj[argument]
            return self.undefined(obj=obj, name=str(argument))
        return self._field(obj, argument)

    def _field(self, obj: Any, name: Any) -> Any:
        if isinstance(obj, Unknown):
            # The first name that is wrong is the one to tell, not what is asked of it.
            raise UndefinedError(obj.sentence())
        if isinstance(obj, dict) and isinstance(name, str) and name in obj:
            return obj[name]
        if isinstance(obj, LoopContext) and name in LOOP:
            return getattr(obj, name)
        return self.undefined(obj=obj, name=name)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not all(isinstance(each, int | float | Decimal) for each in (left, right)):
            raise SecurityError(f"“{operator}” may stand between two numbers only, and “**” nowhere.")
        return super().call_binop(context, operator, left, right)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> Any:
        _check(source)
        return super()._generate(source, *args, **kwargs)


def _check(tree: nodes.Template) -> None:
    """Refuse what a template may not say, with its line. Jinja refuses unknown filters and tests itself."""
    for kind, word in _STATEMENTS.items():
        for node in tree.find_all(kind):
            raise TemplateSyntaxError(f"“{word}” is not allowed in a template.", node.lineno)
    for call in tree.find_all(nodes.Call):
        raise TemplateSyntaxError(
            "calling something, as “name(…)” does, is not allowed in a template.", call.lineno
        )
    for place, name in _names(tree):
        # Jinja's own name for the template itself; printing it says nothing, and nothing else is meant by it.
        if name.startswith("_") or name == "self":
            raise TemplateSyntaxError(f"there is no field “{name}”.", place.lineno)
    for loop in tree.find_all(nodes.For):
        if loop.recursive or _depth(loop) > DEEPEST:
            raise TemplateSyntaxError(f"“for” may stand in “for” {DEEPEST} deep at most.", loop.lineno)


def _names(tree: nodes.Template) -> Iterator[tuple[nodes.Node, str]]:
    yield from ((name, name.name) for name in tree.find_all(nodes.Name))
    yield from ((field, field.attr) for field in tree.find_all(nodes.Getattr))


def _depth(node: nodes.For) -> int:
    return 1 + max((_depth(each) for part in node.body for each in _loops(part)), default=0)


def _loops(part: nodes.Node) -> list[nodes.For]:
    if isinstance(part, nodes.For):
        return [part]
    return [loop for child in part.iter_child_nodes() for loop in _loops(child)]


def _shown(value: Any) -> Any:
    if isinstance(value, dict | list | tuple):
        raise SecurityError("this is a group of fields; name the one that is meant, as in “customer.name”.")
    return "" if value is None else value
