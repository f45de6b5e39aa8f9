"""The consent page, as plain HTML that works without scripts.

Deliberately not Xero's look: it says that it is a stand-in. Choosing another person shows that person's
organisations after pressing a button.
"""

from html import escape

from counterfoil.sandbox.apps import RegisteredApp
from counterfoil.sandbox.people import Person
from counterfoil.sandbox.scopes import in_words

_STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#eef2f6;color:#12263a;font:16px/1.5 system-ui,"Segoe UI",Roboto,sans-serif}
.note{background:#fff4d6;border-bottom:1px solid #e8cf86;padding:.6rem 1rem;text-align:center;font-size:.9rem}
main{max-width:34rem;margin:2rem auto;background:#fff;border:1px solid #d5dee7;border-radius:10px;
padding:2rem}
h1{font-size:1.4rem;margin:0 0 .25rem}
h2{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.25rem 0 .75rem;color:#42566b}
fieldset{border:0;padding:0;margin:0}
*+fieldset{margin-top:1.5rem}
legend{font-weight:600;padding:0;margin:0 0 .5rem}
label{display:flex;gap:.6rem;align-items:center;padding:.45rem .6rem;
border:1px solid #d5dee7;border-radius:8px;margin:.3rem 0;cursor:pointer}
label small{color:#5c7085;margin-left:auto}
ul{margin:.25rem 0;padding-left:1.25rem}
.row{display:flex;gap:.75rem;margin-top:1.75rem}
button{font:inherit;padding:.6rem 1.1rem;border-radius:8px;border:1px solid #9fb0c1;background:#fff;
cursor:pointer}
button.main{background:#0b5cad;border-color:#0b5cad;color:#fff;font-weight:600}
button.small{padding:.25rem .7rem;font-size:.9rem}
button:focus-visible,input:focus-visible{outline:3px solid #ffb000;outline-offset:2px}
.warn{background:#fdecea;border:1px solid #f0b4ad;border-radius:8px;padding:.6rem .8rem;color:#7a1d12}
code{background:#eef2f6;border-radius:4px;padding:.05rem .3rem;overflow-wrap:anywhere}
"""


def _page(title: str, inside: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head><body>"
        '<div class="note" role="note">Practice stand-in for Xero. '
        "Nothing here is real and no password is asked.</div>"
        f"<main>{inside}</main></body></html>"
    ).encode()


def error_page(what: str, why: str) -> bytes:
    """The page that is shown instead of going back to an app that cannot be trusted with the answer."""
    return _page(
        "Sorry, something went wrong",
        "<h1>Sorry, something went wrong</h1>"
        f'<p class="warn" role="alert">{escape(what)}</p><p>{escape(why)}</p>'
        "<p>You have not been sent back to the app, and nothing has been allowed.</p>",
    )


def _radio(field: str, value: str, text: str, aside: str, *, checked: bool) -> str:
    mark = " checked" if checked else ""
    return (
        f'<label><input type="radio" name="{field}" value="{escape(value)}"{mark}>'
        f"<span>{escape(text)}</span><small>{escape(aside)}</small></label>"
    )


def _people(people: list[Person], chosen: Person | None) -> str:
    rows = [
        _radio("user", person.user_id, person.name, person.email, checked=person is chosen)
        for person in people
    ]
    more = (
        '<button class="small" name="action" value="switch">Show this person&#8217;s organisations</button>'
    )
    return (
        f"<fieldset><legend>Signed in as</legend>{''.join(rows)}</fieldset>{more if len(people) > 1 else ''}"
    )


def _organisations(organisations: list[tuple[str, str, bool]]) -> str:
    if not organisations:
        return '<p class="warn" role="alert">This person belongs to no organisation to connect.</p>'
    rows = [
        _radio("tenant", tenant, name, "already connected" if known else "", checked=place == 0)
        for place, (tenant, name, known) in enumerate(organisations)
    ]
    return f"<fieldset><legend>Organisation to connect</legend>{''.join(rows)}</fieldset>"


def consent_page(
    app: RegisteredApp,
    *,
    query: str,
    people: list[Person],
    chosen: Person | None,
    organisations: list[tuple[str, str, bool]] | None,
    scopes: list[str],
    complaint: str = "",
) -> bytes:
    """The page. ``organisations`` is (tenant id, name, already connected), None for sign-in only."""
    asked = "".join(f"<li>{escape(in_words(scope))}</li>" for scope in scopes)
    warning = f'<p class="warn" role="alert">{escape(complaint)}</p>' if complaint else ""
    inside = (
        f"<h1>{escape(app.name)} wants access</h1>"
        f"<p>The app <code>{escape(app.client_id)}</code> asks to connect to one of your organisations.</p>"
        f"{warning}"
        f'<form method="post" action="/identity/connect/authorize?{escape(query)}">'
        f"{_people(people, chosen)}{'' if organisations is None else _organisations(organisations)}"
        f"<h2>It will be able to</h2><ul>{asked}</ul>"
        '<div class="row"><button class="main" name="action" value="allow">Allow access</button>'
        '<button name="action" value="cancel">Cancel</button></div></form>'
    )
    return _page(f"{app.name} wants access", inside)
