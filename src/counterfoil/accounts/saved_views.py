"""Lists as people like to see them, kept under a name: for oneself, or for all of an operating company.

Everything here goes by a membership, so that whose views are seen and changed is decided in `_seen_by` alone.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from counterfoil.accounts.models import Membership, SavedView
from counterfoil.accounts.roles import holders, permits

__all__ = [
    "SavedView",
    "ViewRefused",
    "may_change",
    "view_change",
    "view_delete",
    "view_of",
    "view_open_first",
    "view_replace",
    "view_save",
    "views_of",
]

NAME_AT_MOST = 60
VIEWS_AT_MOST = 30


class ViewRefused(Exception):
    """Nothing was changed; the text says why and what to do."""


def views_of(membership: Membership, list_name: str) -> list[SavedView]:
    """One's own views of a list by name, then those that others share. One query.

    Each says in `opens` whether the list opens with it for this person.
    """
    first: Any = SavedView.first_for.through
    mine = first.objects.filter(savedview=OuterRef("pk"), user=membership.user_id)
    rows = _seen_by(membership).filter(list_name=list_name).select_related("owner")
    found = list(rows.annotate(is_first=Exists(mine)).order_by(Lower("name"), "pk"))
    for view in found:
        view.opens = view.is_first
    return sorted(found, key=lambda view: view.owner_id != membership.user_id)


def view_of(membership: Membership, list_name: str, pk: int) -> SavedView | None:
    """One view that this person may see; None for any other."""
    return _seen_by(membership).filter(list_name=list_name, pk=pk).first()


def may_change(view: SavedView, membership: Membership) -> bool:
    """One's own; of those that others share an Administrator's too."""
    return view.owner_id == membership.user_id or permits(membership.role, "views.manage")


def view_save(
    membership: Membership, *, list_name: str, name: str, parameters: str, shared: bool, at: dt.datetime
) -> SavedView:
    """Keep a list as it is shown. Raises ViewRefused for a name in use, too many views, or no right to share."""
    own = _seen_by(membership).filter(list_name=list_name, owner=membership.user_id)
    if own.count() >= VIEWS_AT_MOST:
        raise ViewRefused(
            f"You have {VIEWS_AT_MOST} views of this list. Delete one first; nothing was saved."
        )
    _check_sharing(membership, shared)
    view = SavedView(
        operating_company_id=membership.operating_company_id,
        owner_id=membership.user_id,
        list_name=list_name,
        name=_named(name),
        parameters=parameters,
        is_shared=shared,
        created_at=at,
    )
    _store(view)
    return view


def view_change(view: SavedView, membership: Membership, *, name: str, shared: bool) -> None:
    """Give a view another name, share it or stop sharing it."""
    _check_right(view, membership)
    if shared and not view.is_shared:
        _check_sharing(membership, shared)
    view.name, view.is_shared = _named(name), shared
    with transaction.atomic():
        _store(view, "name", "is_shared")
        if not shared:  # nobody else sees it any more
            view.first_for.set(view.first_for.filter(pk=view.owner_id))


def view_replace(view: SavedView, membership: Membership, parameters: str) -> None:
    """Let a view be what is shown now."""
    _check_right(view, membership)
    view.parameters = parameters
    view.save(update_fields=["parameters"])


def view_delete(view: SavedView, membership: Membership) -> None:
    _check_right(view, membership)
    view.delete()


def view_open_first(view: SavedView, membership: Membership, *, wanted: bool) -> None:
    """Whether the list opens with this view for this person; at most one view of a list does."""
    with transaction.atomic():
        for other in _seen_by(membership).filter(list_name=view.list_name, first_for=membership.user_id):
            other.first_for.remove(membership.user_id)
        if wanted:
            view.first_for.add(membership.user_id)


def _seen_by(membership: Membership) -> QuerySet[SavedView]:
    """The one place that decides which views a person meets: of this operating company, own or shared."""
    rows: QuerySet[SavedView] = SavedView.objects.of(membership.operating_company_id)
    return rows.filter(Q(owner=membership.user_id) | Q(is_shared=True))


def _check_right(view: SavedView, membership: Membership) -> None:
    if not may_change(view, membership):
        raise ViewRefused(
            f"{view.name} is {view.owner}'s view. Save one of your own, or ask an Administrator. Nothing was changed."
        )


def _check_sharing(membership: Membership, shared: bool) -> None:
    if shared and not permits(membership.role, "views.share"):
        raise ViewRefused(
            f"Sharing views is for: {', '.join(holders('views.share'))}. Save it for yourself; nothing was saved."
        )


def _named(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise ViewRefused("The view needs a name. Nothing was saved.")
    if len(name) > NAME_AT_MOST:
        raise ViewRefused(f"The name of a view has at most {NAME_AT_MOST} characters. Nothing was saved.")
    return name


def _store(view: SavedView, *fields: str) -> None:
    try:
        with transaction.atomic():
            view.save(update_fields=fields or None)
    except IntegrityError as error:
        raise ViewRefused(
            f"There is a view called {view.name} already. Choose another name; nothing was saved."
        ) from error
