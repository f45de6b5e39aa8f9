"""A small plain web face on the stand-in's books, so that a person can play the accounts side. No scripts.

Lists and details of contacts, items, invoices and bills, credit notes and purchase orders; forms for what people
do with them in Xero. It reads the store and calls ``actions``; it holds no rule of Xero's. Deliberately not
Xero's look, and it says on every page that it is a stand-in.
"""

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from counterfoil.sandbox.books import Books
from counterfoil.sandbox.errors import NotFoundError, ValidationError
from counterfoil.sandbox.screens import details, forms, lists
from counterfoil.sandbox.screens.frame import SECTIONS, page
from counterfoil.sandbox.screens.markup import Markup, element
from counterfoil.sandbox.screens.reading import KINDS, Place, listed, record, statuses

if TYPE_CHECKING:
    from counterfoil.sandbox.world import Organisation, World

_FOREIGN = (
    "This form was sent from another site. Nothing was changed. Open the stand-in's own page and try again."
)
_GONE = "There is no such page or record here. Choose an organisation or a section above."


def routes(world: "World") -> list[Route]:
    """The face's routes, all below /face."""
    face = _Face(world)
    return [
        Route("/face", face.home),
        Route("/face/", face.home),
        Route("/face/{tenant}/{section}", face.listing),
        Route("/face/{tenant}/{section}/{key}", face.detail),
        Route("/face/{tenant}/{section}/{key}/{action}", face.act, methods=["POST"]),
    ]


class _Face:
    """The endpoints. Synchronous work happens under the world's lock, in a thread."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def home(self, _: Request) -> Response:
        """To the first organisation's contacts."""
        first = next(iter(self._world.organisations), None)
        return RedirectResponse(f"/face/{first}/contacts") if first else self._missing()

    def listing(self, request: Request) -> Response:
        """A list page."""
        tenant, section = request.path_params["tenant"], request.path_params["section"]
        organisation = self._world.organisations.get(tenant)
        if organisation is None or section not in KINDS:
            return self._missing()
        query = request.query_params
        text, status, number = query.get("q", ""), query.get("status", ""), query.get("page", "1")
        with self._world.lock:
            kind = KINDS[section]
            found = listed(
                organisation, kind, text=text, status=status, number=int(number) if number.isdecimal() else 1
            )
            known = statuses(organisation, kind)
        body = lists.list_body(
            f"/face/{tenant}/{section}",
            section,
            found,
            text=text,
            status=status,
            statuses=known,
            today=self._books(organisation).today,
        )
        return self._page(SECTIONS[section], body, tenant=tenant, section=section, done=query.get("done", ""))

    def detail(self, request: Request) -> Response:
        """A detail page."""
        return self._detail(request, done=request.query_params.get("done", ""))

    async def act(self, request: Request) -> Response:
        """Do what a form asks, then show the record again; a refusal keeps the page and tells the reasons."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return self._page("Not done", element("p", _FOREIGN), code=403)
        sent = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        return await run_in_threadpool(self._act, request, sent)

    def _act(self, request: Request, sent: dict[str, str]) -> Response:
        section, action = request.path_params["section"], request.path_params["action"]
        place = self._place(request)
        form = forms.FORMS.get(section, {}).get(action)
        if place is None or form is None:
            return self._missing()
        try:
            with self._world.lock:
                done = form.perform(place, sent)
        except ValidationError as refusal:
            return self._detail(request, refused=refusal.messages)
        except NotFoundError:
            return self._missing()
        base = f"/face/{request.path_params['tenant']}/{section}"
        back = base if (section, action) == ("items", "delete") else f"{base}/{place.key}"
        return RedirectResponse(f"{back}?{urlencode({'done': done})}", status_code=303)

    def _detail(self, request: Request, *, done: str = "", refused: list[str] | None = None) -> Response:
        tenant, section = request.path_params["tenant"], request.path_params["section"]
        place = self._place(request)
        if place is None:
            return self._missing()
        base = f"/face/{tenant}"
        with self._world.lock:
            left = details.described(section, place.record, base=base, today=place.today)
            right = forms.offered(section, place, address=f"{base}/{section}/{place.key}")
        body = element("div", element("div", left), right, class_="two")
        title = details.title(section, place.record)
        return self._page(
            title,
            body,
            tenant=tenant,
            section=section,
            done=done,
            refused=refused,
            code=400 if refused else 200,
        )

    def _place(self, request: Request) -> Place | None:
        organisation = self._world.organisations.get(request.path_params["tenant"])
        kind = KINDS.get(request.path_params["section"])
        if organisation is None or kind is None:
            return None
        key = request.path_params["key"]
        found = record(self._world, organisation, kind, key)
        if found is None:
            return None
        return Place(self._world, organisation, key, found, self._books(organisation).today)

    def _books(self, organisation: "Organisation") -> Books:
        return Books(self._world, organisation)

    def _missing(self) -> Response:
        return self._page("Not found", element("p", _GONE), code=404)

    def _page(
        self,
        title: str,
        body: Markup,
        *,
        tenant: str = "",
        section: str = "",
        done: str = "",
        refused: list[str] | None = None,
        code: int = 200,
    ) -> Response:
        names = {key: organisation.name for key, organisation in self._world.organisations.items()}
        text = page(
            title, body, tenant=tenant, section=section, organisations=names, done=done, refused=refused
        )
        return HTMLResponse(text, status_code=code)
