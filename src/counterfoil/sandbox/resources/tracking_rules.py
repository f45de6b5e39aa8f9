"""Writing tracking categories and their options. Facts: xero-facts 4.15; the wordings have not been recorded."""

from __future__ import annotations

from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, Record, ValidationError

from . import Request, Response, batch, refreshing, settings_form

_ACTIVE_CATEGORIES = 2
_CATEGORIES = 4
_NAME_LENGTH = 100
_STATUSES = ("ACTIVE", "ARCHIVED", "DELETED")


def save(books: Books, element: Record, create_only: bool) -> batch.Saved:
    """Create, rename, archive or restore a category; at most two are active."""
    key = str(element.get("TrackingCategoryID") or "").lower()
    if key and not create_only:
        known = _found(books, key)
    else:
        known = {"TrackingCategoryID": books.world.guid(), "Name": "", "Status": "ACTIVE", "Options": []}
    changed = known | _changes(known, element)
    others = [
        other
        for other in books.store.tracking_categories
        if other["TrackingCategoryID"] != known["TrackingCategoryID"]
    ]
    active = sum(other.get("Status", "ACTIVE") == "ACTIVE" for other in others)
    if changed["Status"] == "ACTIVE" and active >= _ACTIVE_CATEGORIES:
        raise ValidationError("An organisation can have at most 2 active tracking categories.")
    if sum(other.get("Status") != "DELETED" for other in others) >= _CATEGORIES:
        raise ValidationError("An organisation can have at most 4 tracking categories.")
    _check_name(changed["Name"], others)
    _put(books, changed)
    refreshing.tracking_shown_again(books.store, changed, option=None)
    return batch.Saved(str(changed["TrackingCategoryID"]))


def written(books: Books, key: str) -> Record:
    """The form of a write answer."""
    return settings_form.tracking_category(_found(books, key), archived=True)


def write_options(books: Books, category_id: str, request: Request, option_id: str | None = None) -> Response:
    """PUT /TrackingCategories/{id}/Options, and POST with an option's id to rename or archive it."""
    _found(books, category_id)

    def save_option(books: Books, element: Record, create_only: bool) -> batch.Saved:
        return batch.Saved(_save_option(books, category_id, element, create_only=create_only))

    def option_written(books: Books, key: str) -> Record:
        (option,) = (
            entry for entry in written(books, category_id)["Options"] if entry["TrackingOptionID"] == key
        )
        return dict(option)

    resource = batch.Writable("Options", "TrackingOptionID", save_option, option_written)
    return batch.write(books, resource, request, option_id)


def _save_option(books: Books, category_id: str, element: Record, *, create_only: bool) -> str:
    category = _found(books, category_id)
    key = str(element.get("TrackingOptionID") or "").lower()
    options = list(category.get("Options") or ())
    if create_only:
        known: Record = {"TrackingOptionID": books.world.guid(), "Name": "", "Status": "ACTIVE"}
        options.append(known)
    else:
        found = [option for option in options if option["TrackingOptionID"].lower() == key]
        if not found:
            raise NotFoundError(f"no tracking option {key}")
        known = found[0]
    changed = known | _changes(known, element)
    _check_name(changed["Name"], [option for option in options if option is not known])
    _put(books, category | {"Options": [changed if option is known else option for option in options]})
    refreshing.tracking_shown_again(books.store, category, option=(known["Name"], changed["Name"]))
    return str(changed["TrackingOptionID"])


def _changes(known: Record, element: Record) -> Record:
    status = element.get("Status") or known.get("Status", "ACTIVE")
    if status not in _STATUSES:
        raise ValidationError(f"The status {status} is not valid.")
    return {"Name": str(element.get("Name") or "").strip() or known["Name"], "Status": status}


def _check_name(name: str, others: list[Record]) -> None:
    if not name or len(name) > _NAME_LENGTH:
        raise ValidationError("The tracking name must have between 1 and 100 characters.")
    if any(
        other["Name"].casefold() == name.casefold() and other.get("Status") != "DELETED" for other in others
    ):
        raise ValidationError(f"The tracking name {name} is already in use.")


def _found(books: Books, key: str) -> Record:
    for category in books.store.tracking_categories:
        if category["TrackingCategoryID"].lower() == key.lower():
            return category
    raise NotFoundError(f"no tracking category {key}")


def _put(books: Books, category: Record) -> None:
    """Replace or append, so that a refused batch takes it back."""
    categories = books.store.tracking_categories
    before = list(categories)

    def back() -> None:
        categories[:] = before

    books.store.journal.note(back)
    key = category["TrackingCategoryID"]
    places = [place for place, known in enumerate(categories) if known["TrackingCategoryID"] == key]
    if places:
        categories[places[0]] = category
    else:
        categories.append(category)


CATEGORIES = batch.Writable("TrackingCategories", "TrackingCategoryID", save, written)
