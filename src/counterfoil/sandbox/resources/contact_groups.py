"""Contact groups, for reading and writing. Only active ones show. Facts: xero-facts 4.3."""

from __future__ import annotations

from counterfoil.sandbox import wire
from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, Record, ValidationError

from . import Response, listing


def list_all(books: Books) -> Response:
    """Active groups, without their members."""
    forms = [_form(group) for group in books.store.contact_groups.values() if group["Status"] == "ACTIVE"]
    return listing.enveloped(books, "ContactGroups", [wire.encode(form) for form in forms])


def find(books: Books, key: str) -> Record:
    """An active group by id."""
    group = books.store.contact_groups.get(key.lower())
    if group is None or group["Status"] != "ACTIVE":
        raise NotFoundError(f"no contact group {key}")
    return group


def read(books: Books, key: str) -> Response:
    """One group with its members."""
    group = find(books, key)
    store = books.store
    members = [
        {"ContactID": contact, "Name": row.facts[1]}
        for contact, groups in store.group_members.items()
        if group["ContactGroupID"] in groups and (row := store.contacts.get(contact)) is not None
    ]
    form = _form(group) | {"Contacts": members}
    return listing.enveloped(books, "ContactGroups", [wire.encode(form)])


def save(books: Books, element: Record, *, create_only: bool) -> str:
    """Create, rename or delete (Status DELETED). Returns the id."""
    store = books.store
    key = str(element.get("ContactGroupID") or "").lower()
    name = str(element.get("Name") or "").strip()
    if key and not create_only:
        group = dict(find(books, key))
        group |= {"Name": name or group["Name"], "Status": element.get("Status") or group["Status"]}
    else:
        group = {"ContactGroupID": books.world.guid(), "Name": name, "Status": "ACTIVE"}
        key = group["ContactGroupID"]
    if not group["Name"]:
        raise ValidationError("The contact group name must be specified.")
    for other_key, other in store.contact_groups.items():
        same = other["Name"].casefold() == group["Name"].casefold()
        if same and other_key != key and other["Status"] == "ACTIVE":
            raise ValidationError("A contact group with this name already exists.")
    store.assign(store.contact_groups, key, group)
    return key


def written(books: Books, key: str) -> Record:
    """The form of a write answer."""
    return _form(books.store.contact_groups[key])


def members_add(books: Books, key: str, elements: list[Record]) -> Response:
    """PUT /ContactGroups/{id}/Contacts."""
    group = find(books, key)
    added: list[bytes] = []
    rows = [books.store.contacts.get(str(element.get("ContactID") or "")) for element in elements]
    if None in rows:
        raise ValidationError("The contact with the specified contact details could not be found.")
    for row in filter(None, rows):
        books.store.group_members.setdefault(row.key, {})[group["ContactGroupID"]] = None
        added.append(wire.encode({"ContactID": row.key, "Name": row.facts[1]}))
    return listing.enveloped(books, "Contacts", added)


def members_remove(books: Books, key: str, contact: str | None) -> Response:
    """DELETE one member, or all of them: 204."""
    group = find(books, key)["ContactGroupID"]
    for contact_id, groups in books.store.group_members.items():
        if contact is None or contact_id == contact.lower():
            groups.pop(group, None)
    return Response(204, b"")


def _form(group: Record) -> Record:
    return {
        "ContactGroupID": group["ContactGroupID"],
        "Name": group["Name"],
        "Status": group["Status"],
        "Contacts": [],
        "HasValidationErrors": False,
    }
