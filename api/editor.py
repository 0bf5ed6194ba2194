"""The query editor at GET /graphql: one page of our own, which needs no network but ours."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from api.desk import Desk
from api.refusals import refuse

PAGE = Path(__file__).with_name("editor.html").read_bytes()
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(desk: Desk, request: Request) -> Response:
    """The page; 406 where it is switched off, 405 for anything but GET."""
    if not desk.settings.graphiql:
        refuse(406, "NOT_ACCEPTABLE", "The query editor is switched off. Accept application/json.")
    if request.method != "GET":
        refuse(405, "METHOD_NOT_ALLOWED", "The query editor is opened by GET.", Allow="GET")
    return Response(PAGE, headers=HEADERS, media_type="text/html")
