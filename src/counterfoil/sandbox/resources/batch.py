"""PUT and POST of several elements: order kept, errors summarised or not. Facts: xero-facts 3.9, 3.10, 3.12."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from counterfoil.sandbox import incoming, wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import Record, ValidationError

from . import Request, Response, listing


@dataclass(frozen=True)
class Saved:
    """One element that was accepted."""

    key: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Writable:
    """What a resource gives to be written: `save` checks and stores, `written` renders the answer."""

    name: str
    id_key: str
    save: Callable[[Books, Record, bool], Saved]
    written: Callable[[Books, str], Record]


Outcome = Saved | ValidationError


def write(books: Books, resource: Writable, request: Request, key: str | None = None) -> Response:
    """Save every element of the body. `key` is the id in the path and wins over one in the element."""
    elements = incoming.elements(request.body, request.headers, resource.name)
    if key is not None:
        elements = [{**element, resource.id_key: key} for element in elements]
    create_only = request.method == "PUT"
    if books.query.get("summarizeErrors", "").lower() == "false":
        outcomes = [_saved(books, resource, element, create_only) for element in elements]
        pairs = zip(elements, outcomes, strict=True)
        forms = [_told(books, resource, element, outcome) for element, outcome in pairs]
        return listing.enveloped(books, resource.name, [wire.encode(form) for form in forms])
    return _all_or_none(books, resource, elements, create_only)


def _saved(books: Books, resource: Writable, element: Record, create_only: bool) -> Outcome:
    journal, told = books.store.journal, len(books.events)
    journal.begin()
    try:
        saved = resource.save(books, element, create_only)
    except ValidationError as error:
        journal.rollback()
        del books.events[told:]
        return error
    except BaseException:
        journal.rollback()
        raise
    journal.commit()
    return saved


def _all_or_none(books: Books, resource: Writable, elements: list[Record], create_only: bool) -> Response:
    if books.switches.valid_siblings_saved:
        outcomes = [_saved(books, resource, element, create_only) for element in elements]
    else:
        outcomes = _tried(books, resource, elements, create_only)
    refused = [
        _refused(resource, element, outcome)
        for element, outcome in zip(elements, outcomes, strict=True)
        if isinstance(outcome, ValidationError)
    ]
    if refused:
        return validation_exception(refused)
    forms = []
    for outcome in outcomes:
        assert isinstance(outcome, Saved)
        form = resource.written(books, outcome.key)
        if outcome.warnings:
            form["Warnings"] = _messages(outcome.warnings)
        forms.append(wire.encode(form))
    return listing.enveloped(books, resource.name, forms)


def _tried(books: Books, resource: Writable, elements: list[Record], create_only: bool) -> list[Outcome]:
    """All of them, later ones seeing the earlier; everything is taken back when one is refused."""
    journal = books.store.journal
    outcomes: list[Outcome] = []
    journal.begin()
    try:
        for element in elements:
            try:
                outcomes.append(resource.save(books, element, create_only))
            except ValidationError as error:
                outcomes.append(error)
    except BaseException:
        journal.rollback()
        raise
    if any(isinstance(outcome, ValidationError) for outcome in outcomes):
        journal.rollback()
        books.events.clear()
    journal.commit()
    return outcomes


def _told(books: Books, resource: Writable, element: Record, outcome: Outcome) -> Record:
    if isinstance(outcome, ValidationError):
        return {**_refused(resource, element, outcome), "StatusAttributeString": "ERROR", "HasErrors": True}
    form = resource.written(books, outcome.key)
    form["StatusAttributeString"] = "WARNING" if outcome.warnings else "OK"
    if outcome.warnings:
        form["Warnings"] = _messages(outcome.warnings)
    return form


def _refused(resource: Writable, element: Record, error: ValidationError) -> Record:
    """The input, its messages at every place, and the id of nobody for a new element."""
    echo: Record = {resource.id_key: element.get(resource.id_key) or wire.NOBODY}
    echo |= {key: value for key, value in element.items() if key != resource.id_key}
    for place, messages in error.nested.items():
        if isinstance(place, tuple):
            name, number = place
            if not isinstance(echo.get(name), list) or number >= len(echo[name]):
                continue  # about a part that was there before: its message stands on the element
            echo[name] = list(echo[name])
            echo[name][number] = {**echo[name][number], "ValidationErrors": _messages(messages)}
        elif isinstance(echo.get(place), dict):
            echo[place] = {
                **echo[place],
                "HasValidationErrors": True,
                "ValidationErrors": _messages(messages),
            }
    echo["HasValidationErrors"] = True
    echo["ValidationErrors"] = _messages(error.messages)
    return echo


def _messages(messages: Any) -> list[Record]:
    return [{"Message": message} for message in messages]


def validation_exception(refused: list[Record]) -> Response:
    """The 400 of a call with invalid elements."""
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": refused,
    }
    return Response(400, wire.encode(body))
