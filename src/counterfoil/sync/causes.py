"""Why a connection has to be made again, in sentences: what happened, what is safe, what to do (TK-2, TK-3)."""

from __future__ import annotations

from counterfoil.sync.models import AppKind, Cause, Connection

SAFE = "Nothing in the CRM is lost; reading goes on from where it was once you connect again."

HAPPENED: dict[str, str] = {
    Cause.ENDED: "Xero has ended this connection's permission: it was withdrawn, it was not used for 60 days, or the "
    "person who connected was removed.",
    Cause.REMOVED: "Xero no longer lists this organisation: somebody disconnected the app there, or a demo company was "
    "reset.",
    Cause.ROLE: "Xero still lists the connection but refuses to let it in: the person who connected has lost the role "
    "or the permission for it.",
    Cause.SCOPE: "The consent given in Xero does not cover what is needed; fresh keys would not change that.",
    Cause.UNKNOWN: "Xero no longer accepts this connection: the permission ended, was withdrawn, or the person who "
    "connected was removed.",
}
# Where nobody could tell: Xero's list was asked often enough today, or did not answer.
REFUSED = "Xero refuses access to this organisation: the app was disconnected there, or the person who connected lost access."

# Of sending alone: what may be read is read on (CN-10).
_BARRED: dict[str, str] = {
    Cause.ROLE: "Xero does not let the person who connected make or change anything there: the role or the permission "
    "for it is missing.",
    Cause.SCOPE: "The consent given in Xero does not cover sending.",
}
_WAITS = (
    "Reading goes on. What is made here waits and nothing is lost; it is tried again every hour, and goes out by itself "
    "once Xero allows it."
)
_NEXT_SENDING: dict[str, str] = {
    Cause.ROLE: "Ask an administrator of {organisation} to give {person} the Standard or Adviser role in Xero, or "
    "connect again as somebody who has it.",
    Cause.SCOPE: "Connect again and give the consent that Xero's page asks for, all of it.",
}

_NEXT: dict[str, str] = {
    Cause.ENDED: "Connect again and allow access on Xero's page.",
    Cause.REMOVED: "Connect again and choose {organisation}. A demo company that was reset is another organisation to "
    "Xero, so its name has to be typed.",
    Cause.ROLE: "Ask an administrator of {organisation} to give {person} the role back in Xero, then connect again; or "
    "have somebody connect who has it.",
    Cause.SCOPE: "Connect again and give the consent that Xero's page asks for, all of it.",
    Cause.UNKNOWN: "Connect again and allow access on Xero's page.",
    Cause.APP: "Check the app's client id and secret in the guide to connecting, then connect again.",
    Cause.KEYS: "Put the key back into COUNTERFOIL_TOKEN_KEYS and restart, or connect again.",
}
# Of a custom connection, which nobody signs in to (CN-8).
_NEXT_CUSTOM: dict[str, str] = {
    Cause.ENDED: "Connect again. If Xero still refuses, check the custom connection at developer.xero.com: the "
    "organisation has to have authorised it, and its subscription has to be paid.",
    Cause.REMOVED: "Have {organisation} authorise the custom connection again, from the e-mail that Xero sends for it; "
    "then connect again.",
    Cause.ROLE: "Ask an administrator of {organisation} to authorise the custom connection again with the role it "
    "needs, then connect again.",
    Cause.SCOPE: "Choose the missing permissions for the custom connection at developer.xero.com, have {organisation} "
    "authorise it again, then connect again.",
}


def reason(cause: str) -> str:
    """What happened and what is safe."""
    return f"{HAPPENED.get(cause, REFUSED)} {SAFE}"


def sending_reason(connection: Connection) -> str:
    """Why nothing goes out although it is read, and what is safe."""
    return f"{sending_barred(connection)} {_WAITS}"


def sending_barred(connection: Connection) -> str:
    """Why nothing goes out although it is read."""
    return _BARRED[connection.sending_cause]


def sending_next_step(connection: Connection) -> str:
    """What to do about a connection that may be read but not written to."""
    words = _NEXT_SENDING[connection.sending_cause]
    if connection.way == AppKind.CUSTOM:
        words = _NEXT_CUSTOM[connection.sending_cause]
    return _filled(words, connection)


def next_step(connection: Connection) -> str:
    """What to do about a connection that has to be made again."""
    words = _NEXT.get(connection.state_cause, _NEXT[Cause.UNKNOWN])
    if connection.way == AppKind.CUSTOM:
        known = {**_NEXT, Cause.UNKNOWN: _NEXT_CUSTOM[Cause.ENDED], **_NEXT_CUSTOM}
        words = known.get(connection.state_cause, known[Cause.UNKNOWN])
    return _filled(words, connection)


def _filled(words: str, connection: Connection) -> str:
    person = connection.authorised_by or "the person who connected"
    return words.format(organisation=connection.organisation_name, person=person)
