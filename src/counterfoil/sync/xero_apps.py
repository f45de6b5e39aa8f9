"""Which registered Xero app speaks for whom: the environment's, an operating company's own, or the installation's (CN-7).

The environment wins, so that an operator's settings cannot be overruled from a page. Tokens go on being refreshed with
the app that they were made with, also when another one was entered since.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from django.db import transaction

from counterfoil.accounts.models import Membership, OperatingCompany, Role, User
from counterfoil.changes.services import audit_record
from counterfoil.sync import wiring
from counterfoil.sync.models import AppKind, AppScopes, Connection, TokenFamily, XeroApp
from counterfoil.sync.sealing import SealBroken, seal, unseal
from counterfoil.xero.auth import App
from counterfoil.xero.errors import Misconfigured
from counterfoil.xero.scopes import BROAD, GRANULAR, without_sign_in

Source = Literal["environment", "company", "installation"]

LONGEST = 100
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]+")
WHERE = "Copy it again from the Configuration page of your app at developer.xero.com."


class AppRefused(Exception):
    """Something about an app cannot be used; the text is a sentence for the administrator.

    `field` names what to correct: client_id or client_secret; "" for the whole.
    """

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Chosen:
    """The app that new connections of an operating company are made with."""

    source: Source
    client_id: str
    scopes: AppScopes
    row: XeroApp | None = None

    def opened(self) -> App:
        """With its secret. Raises SealBroken."""
        return wiring.app() if self.row is None else app_of_row(self.row)


def app_chosen(company: OperatingCompany) -> Chosen | None:
    """The environment's app, else the company's own, else the installation's; None: there is none yet."""
    configuration = wiring.configuration()
    if configuration.xero_client_id:
        return Chosen("environment", configuration.xero_client_id, AppScopes(configuration.xero_scopes))
    own = XeroApp.objects.filter(operating_company=company, is_current=True).first()
    row = own or XeroApp.objects.filter(operating_company=None, is_current=True).first()
    if row is None:
        return None
    return Chosen("company" if own else "installation", row.client_id, AppScopes(row.scopes), row)


def app_of(family: TokenFamily) -> App:
    """The app that these tokens were made with. Raises Misconfigured when the environment names another one now."""
    if family.app is not None:
        return app_of_row(family.app)
    app = wiring.app()
    if app.client_id != family.client_id:
        raise Misconfigured(
            "The Xero app in the settings is not the one this connection was made with.",
            code="unauthorized_client",
        )
    return app


def scopes_asked(kind: str, scopes: str) -> tuple[str, ...]:
    """What to ask to be allowed (CN-3). A custom connection has nobody to sign in."""
    wanted = BROAD if scopes == AppScopes.BROAD else GRANULAR
    return without_sign_in(wanted) if kind == AppKind.CUSTOM else wanted


def scopes_needed(family: TokenFamily | None) -> tuple[str, ...]:
    """What these tokens should allow; of none, what would be asked for by the environment's settings."""
    if family is None or family.app is None:
        return scopes_asked(AppKind.WEB, wiring.configuration().xero_scopes)
    return scopes_asked(family.app.kind, family.app.scopes)


def credentials_check(client_id: str, client_secret: str) -> None:
    """Raises AppRefused for what cannot be a client id or a secret: Xero would only show a page of its own."""
    if not client_id:
        raise AppRefused(f"The client id is empty. Nothing was sent to Xero. {WHERE}", "client_id")
    if any(c.isspace() or not c.isprintable() for c in client_id):
        raise AppRefused(
            f"The client id holds a space or an invisible character. Nothing was sent to Xero. {WHERE}",
            "client_id",
        )
    if not _WELL_FORMED.fullmatch(client_id) or len(client_id) > LONGEST:
        raise AppRefused(
            "That is not a client id: Xero's are made of letters and digits only. Nothing was sent to "
            f"Xero. {WHERE}",
            "client_id",
        )
    if client_secret and any(c.isspace() or not c.isprintable() for c in client_secret):
        raise AppRefused(
            f"The client secret holds a space or an invisible character. Nothing was sent to Xero. {WHERE}",
            "client_secret",
        )
    if client_secret == client_id:
        raise AppRefused(
            f"The client secret is the client id again. Nothing was sent to Xero. {WHERE}", "client_secret"
        )


def may_set_for_all(user: User) -> bool:
    """The installation's app serves every operating company, so only who administers all of them may set it."""
    administers = Membership.objects.filter(user=user, role=Role.ADMINISTRATOR).count()
    return administers == OperatingCompany.objects.count()


def serves_others(client_id: str, company: OperatingCompany) -> bool:
    """Whether an app of this id is in use beyond `company`: entering an id proves nothing about whose it is."""
    rows = XeroApp.objects.filter(client_id=client_id).exclude(operating_company=company)
    live = Connection.objects.filter(tokens__client_id=client_id).exclude(operating_company=company)
    return rows.exists() or live.exists()


def app_save(
    company: OperatingCompany,
    *,
    client_id: str,
    client_secret: str,
    scopes: str,
    for_all: bool,
    actor: User,
    at: dt.datetime,
) -> XeroApp:
    """Keep the app that new connections are made with, its secret sealed. Raises AppRefused.

    An empty secret keeps the one stored for the same client id.
    """
    credentials_check(client_id, client_secret)
    if for_all and not may_set_for_all(actor):
        raise AppRefused(
            "An app for all operating companies can be entered only by somebody who administers all of them. "
            "Nothing was changed."
        )
    owner = None if for_all else company
    with transaction.atomic():
        before = XeroApp.objects.select_for_update().filter(operating_company=owner, is_current=True).first()
        if before is not None and before.client_id == client_id:
            return _changed(before, company, client_secret, scopes, actor=actor, at=at)
        if not client_secret:
            raise AppRefused(f"The client secret is empty. Nothing was stored. {WHERE}", "client_secret")
        if before is not None:
            before.is_current = False
            before.save(update_fields=["is_current"])
        row = XeroApp.objects.create(
            operating_company=owner,
            client_id=client_id,
            secret_sealed=seal(client_secret),
            scopes=scopes,
            saved_at=at,
            saved_by=actor,
        )
        detail = {
            "client_id": [before.client_id if before else "", client_id],
            "client_secret": ["" if before is None else "another one", "entered"],
            "scopes": [before.scopes if before else "", scopes],
        }
        _audit(company, "The Xero app was entered.", detail, for_all=for_all, actor=actor, at=at)
        unused_forget()
    return row


def app_remove(company: OperatingCompany, *, actor: User, at: dt.datetime) -> None:
    """Forget the company's own app; what is connected with it stays connected."""
    with transaction.atomic():
        row = XeroApp.objects.select_for_update().filter(operating_company=company, is_current=True).first()
        if row is None:
            return
        row.is_current = False
        row.save(update_fields=["is_current"])
        detail = {"client_id": [row.client_id, ""]}
        _audit(company, "The Xero app was removed.", detail, for_all=False, actor=actor, at=at)
        unused_forget()


def unused_forget() -> None:
    """Erase apps that are not current and have no tokens left, with their secrets."""
    XeroApp.objects.filter(is_current=False, families=None).delete()


def custom_app(
    company: OperatingCompany,
    *,
    client_id: str,
    client_secret: str,
    scopes: str,
    actor: User,
    at: dt.datetime,
) -> XeroApp:
    """The unsaved app of a custom connection; it is saved with its tokens or not at all (CN-8)."""
    return XeroApp(
        operating_company=company,
        kind=AppKind.CUSTOM,
        client_id=client_id,
        secret_sealed=seal(client_secret),
        scopes=scopes,
        is_current=False,
        saved_at=at,
        saved_by=actor,
    )


def _changed(
    row: XeroApp, company: OperatingCompany, client_secret: str, scopes: str, *, actor: User, at: dt.datetime
) -> XeroApp:
    """The same app with another secret or other permissions: tokens made with it stay good."""
    detail: dict[str, list[str]] = {}
    if client_secret and not _is_secret(row, client_secret):
        detail["client_secret"] = ["another one", "entered"]
        row.secret_sealed = seal(client_secret)
    if scopes != row.scopes:
        detail["scopes"] = [row.scopes, scopes]
        row.scopes = scopes
    if detail:
        row.saved_at, row.saved_by = at, actor
        row.save(update_fields=["secret_sealed", "scopes", "saved_at", "saved_by"])
        for_all = row.operating_company_id is None
        _audit(company, "The Xero app was changed.", detail, for_all=for_all, actor=actor, at=at)
    return row


def _is_secret(row: XeroApp, client_secret: str) -> bool:
    try:
        return unseal(row.secret_sealed) == client_secret
    except SealBroken:  # its key is lost, so whatever is entered replaces it
        return False


def _audit(
    company: OperatingCompany,
    summary: str,
    detail: dict[str, list[str]],
    *,
    for_all: bool,
    actor: User,
    at: dt.datetime,
) -> None:
    """In the trail of each operating company that it concerns."""
    concerned = OperatingCompany.objects.all() if for_all else [company]
    for one in concerned:
        audit_record(
            one,
            at=at,
            actor=actor,
            action="integration.app",
            summary=f"{summary[:-1]} for all operating companies." if for_all else summary,
            detail=detail,
        )


def app_of_row(row: XeroApp) -> App:
    """With its secret opened. Raises SealBroken."""
    return App(row.client_id, unseal(row.secret_sealed) or None)
