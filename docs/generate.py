"""Write the reference pages that are made from code: `./go docs`. With --check: fail if one is not current.

Rules are read from the tests' text, not by running them, so that a page can be made of a broken tree too.
"""

import ast
import os
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from counterfoil.sandbox import coverage as sandbox_coverage

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
MADE_BY = "<!-- Made by ./go docs; do not edit. -->\n"


@dataclass(frozen=True, order=True)
class Proof:
    """A test that proves a rule, or shows a known failure absent."""

    rule: str
    file: str
    test: str


def proofs_in(file: Path, mark: str) -> Iterator[Proof]:
    module = ast.parse(file.read_text(encoding="utf-8"))
    everywhere = [
        rule
        for statement in module.body
        if isinstance(statement, ast.Assign) and _is_named(statement.targets[0], "pytestmark")
        for rule in ids_named_in(statement, mark)
    ]
    name = file.relative_to(ROOT).as_posix()
    for test, decorators in tests_of(module):
        for rule in sorted(
            {*everywhere, *(rule for node in decorators for rule in ids_named_in(node, mark))}
        ):
            yield Proof(rule, name, test)


def tests_of(module: ast.Module) -> Iterator[tuple[str, list[ast.expr]]]:
    """Each test with the decorators that count for it, its class's among them."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, node.decorator_list
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name.startswith("test_"):
                    yield f"{node.name}::{method.name}", [*node.decorator_list, *method.decorator_list]


def ids_named_in(node: ast.AST, mark: str) -> Iterator[str]:
    """The ids in every `...mark.rule("CU-1", "CU-2")` below a node, parameters' marks included; `mark`: which one."""
    for call in ast.walk(node):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        owner = call.func.value
        if call.func.attr == mark and isinstance(owner, ast.Attribute) and owner.attr == "mark":
            for argument in call.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def all_proofs(mark: str) -> dict[str, list[Proof]]:
    proofs: dict[str, list[Proof]] = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for proof in proofs_in(file, mark):
            proofs[proof.rule].append(proof)
    return proofs


def rules_page() -> str:
    groups = tomllib.loads((REFERENCE / "rules.toml").read_text(encoding="utf-8"))
    proofs = all_proofs("rule")
    ids = [rule for group in groups.values() for rule in group if rule != "title"]
    proved = sum(1 for rule in ids if rule in proofs)
    unknown = sorted(set(proofs) - set(ids))
    if unknown:
        sys.exit(f"Tests name rules that docs/reference/rules.toml does not have: {', '.join(unknown)}")
    parts = [
        MADE_BY,
        "# The rules and their proofs\n",
        f"What Counterfoil promises, and the tests that hold it to it. {proved} of {len(ids)} rules are proved so far.\n",
    ]
    for group in groups.values():
        parts += [f"## {group['title']}\n", "| rule | in short | proved by |", "| --- | --- | --- |"]
        parts += [
            f"| {rule} | {text} | {links_to(proofs[rule]) if rule in proofs else 'not yet'} |"
            for rule, text in group.items()
            if rule != "title"
        ]
        parts.append("")
    return "\n".join(parts)


def links_to(proofs: list[Proof]) -> str:
    # The name of a test is a sentence, and the file is where to read on.
    return "<br>".join(f"[{sentence(proof.test)}](../../{proof.file})" for proof in sorted(proofs))


def sentence(test: str) -> str:
    return test.rsplit("::", maxsplit=1)[-1].removeprefix("test_").replace("_", " ")


def settings_page() -> str:
    from counterfoil.project.configuration import SETTINGS

    rows = [
        f"| `{setting.name}` | {default_of(setting.default)} | {setting.help}{' **Secret.**' if setting.secret else ''} |"
        for setting in SETTINGS
    ]
    return "\n".join(
        [
            MADE_BY,
            "# Settings\n",
            "Counterfoil is configured by environment variables alone. Each can also be read from a file: set the same",
            "name with `_FILE` at its end to the file's path. A misspelt or unusable setting stops the start with a",
            "sentence that names it.\n",
            "| variable | default | what it does |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def default_of(default: str | None) -> str:
    if default is None:
        return "worked out at start"
    return f"`{default}`" if default else "empty"


def mappings_page() -> str:
    """Every field that comes from Xero, from the tables beside the mapping functions."""
    from counterfoil.core.mapping import contacts, documents, finance, items, lines, purchase_orders

    tables = {
        "Tax rates": finance.TAX_CODE_FIELDS,
        "Currencies": finance.CURRENCY_FIELDS,
        "Analysis codes (accounts)": finance.ACCOUNT_FIELDS,
        "Branding themes": finance.BRANDING_THEME_FIELDS,
        "Customers, suppliers and people (contacts)": contacts.FIELDS,
        "Products and stock (items)": items.FIELDS,
        "Invoices and credit notes": documents.FIELDS,
        "Lines": lines.FIELDS,
        "Purchase orders": purchase_orders.FIELDS,
    }
    parts = [
        MADE_BY,
        "# Mappings\n",
        "Which CRM field comes from which part of a Xero record. Owner `xero`: every pull writes it. Owner `both`: it",
        "may be changed on either side. What a table does not list belongs to the CRM's users, and no pull touches it.\n",
    ]
    for title, fields in tables.items():
        parts += [f"## {title}\n", "| CRM | Xero | owner | rule |", "| --- | --- | --- | --- |"]
        # A bar in a path would end the table's cell.
        parts += [
            f"| `{row.field}` | `{row.path.replace('|', 'or')}` | {row.owner} | {row.rule} |"
            for row in fields
        ]
        parts.append("")
    return "\n".join(parts)


def streams_page() -> str:
    """The streams of a pass and how each is read."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.project.settings")
    import django

    django.setup()
    from counterfoil.sync.streams import IN_ORDER

    parts = [
        MADE_BY,
        "# Streams\n",
        "What a pass reads, in this order, so that each stage needs only what came before it.\n",
        "| stream | Xero | how it is read | filter |",
        "| --- | --- | --- | --- |",
    ]
    for stream in IN_ORDER:
        if stream.reference:
            how = "whole, once a day and when asked"
        elif stream.whole:
            how = "whole, since stock moves without a newer stamp"
        else:
            how = "pages of 1,000 of what changed, by UpdatedDateUTC"
        where = f"`{stream.endpoint.where}`" if stream.endpoint.where else ""
        parts.append(f"| {stream.label} | `{stream.endpoint.path}` | {how} | {where} |")
    return "\n".join([*parts, ""])


def errors_page() -> str:
    """The client's errors and the reaction to each, from their docstrings."""
    from counterfoil.xero import errors

    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.XeroError) and kind is not errors.XeroError
    ]
    rows = [f"| `{kind.__name__}` | {(kind.__doc__ or '').strip().splitlines()[0]} |" for kind in kinds]
    return "\n".join(
        [
            MADE_BY,
            "# Errors of the Xero client\n",
            "One class per reaction; `sync/outcomes.py` is the one place that catches them.\n",
            "| class | when |",
            "| --- | --- |",
            *rows,
            "",
        ]
    )


def failures_page() -> str:
    """What other links to Xero are known to suffer from, and the tests that show it absent, or why there is none."""
    groups = tomllib.loads((REFERENCE / "failures.toml").read_text(encoding="utf-8"))
    reasons = groups.pop("reasons")
    proofs = all_proofs("failure")
    ids = [one for group in groups.values() for one in group if one != "title"]
    if unknown := sorted({*proofs, *reasons} - set(ids)):
        sys.exit(f"Not in docs/reference/failures.toml, yet named by tests or reasons: {', '.join(unknown)}")
    if silent := [one for one in ids if one not in proofs and one not in reasons]:
        sys.exit(f"Neither a test nor a reason in docs/reference/failures.toml: {', '.join(silent)}")
    shown = sum(one in proofs for one in ids)
    parts = [
        MADE_BY,
        "# Known failures, and what shows them absent\n",
        "What other links to Xero suffer from, by their issue trackers and Xero's own notes. "
        f"Tests show {shown} of {len(ids)} absent; the rest says why there is none, and so does a test that does not reach everything.\n",
    ]
    for group in groups.values():
        parts += [
            f"## {group['title']}\n",
            "| id | failure | shown absent by | not shown |",
            "| --- | --- | --- | --- |",
        ]
        parts += [
            f"| {one} | {text} | {links_to(proofs[one]) if one in proofs else ''} | {reasons.get(one, '')} |"
            for one, text in group.items()
            if one != "title"
        ]
        parts.append("")
    return "\n".join(parts)


def pages() -> dict[Path, str]:
    return {
        REFERENCE / "rules.md": rules_page(),
        REFERENCE / "failures.md": failures_page(),
        REFERENCE / "settings.md": settings_page(),
        REFERENCE / "mappings.md": mappings_page(),
        REFERENCE / "streams.md": streams_page(),
        REFERENCE / "errors.md": errors_page(),
    }


def main(arguments: list[str]) -> int:
    stale = [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not current; run ./go docs")
        return 1 if stale else 0
    sandbox_coverage.main([])  # tries every operation of the stand-in, so it writes its page itself
    made = pages()
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
