"""Which resource serves a path, and what a refusal looks like on the wire. Facts: xero-facts 3.12."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

from .. import wire
from ..books import Books
from ..errors import NotFoundError, NotImplementedHere, PostDataError, QueryError
from . import Request, Response, contacts

if TYPE_CHECKING:
    from ..world import Organisation, World

NOT_FOUND = b"The resource you're looking for cannot be found"


def serve(world: World, organisation: Organisation, request: Request) -> Response:
    """One call, with every refusal as Xero words it."""
    books = Books(world, organisation, request.query, request.headers, request.app_id, request.app_name)
    try:
        return dispatch(books, request)
    except NotFoundError:
        return Response(404, NOT_FOUND, "text/html; charset=utf-8")
    except NotImplementedHere:
        return Response(501, b"", "text/html; charset=utf-8")
    except QueryError as error:
        return refusal(16, "QueryParseException", str(error))
    except PostDataError as error:
        return refusal(17, "PostDataInvalidException", str(error))


def refusal(number: int, kind: str, message: str) -> Response:
    """A 400 without elements."""
    return Response(400, wire.encode({"ErrorNumber": number, "Type": kind, "Message": message}))


def dispatch(books: Books, request: Request) -> Response:
    """Find the resource by the first segment, in any case."""
    path = [urllib.parse.unquote(part) for part in request.path.strip("/").split("/")]
    match request.method, path[0].lower(), path[1:]:
        case "GET", "contacts", []:
            return contacts.list_all(books)
        case "GET", "contacts", [key]:
            return contacts.read(books, key)
    raise NotImplementedHere(f"{request.method} {request.path}")
