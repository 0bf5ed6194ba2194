"""What a browser gets: the editor's page, and its files under /graphql/assets/."""

from starlette.requests import Request
from starlette.responses import Response

from api.desk import Desk
from api.refusals import refuse

_ALWAYS = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
PAGE = {
    **_ALWAYS,
    "Cache-Control": "no-cache",
    # GraphiQL sets styles from scripts and carries its fonts and pictures inside its style sheet
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; font-src data:; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
ASSET = {
    **_ALWAYS,
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}


def page(desk: Desk, request: Request) -> Response:
    """The page; 406 where it is switched off, 405 for anything but GET, 503 with advice where GraphiQL is missing."""
    if desk.editor is None:
        refuse(406, "NOT_ACCEPTABLE", "The query editor is switched off. Accept application/json.")
    if request.method != "GET":
        refuse(405, "METHOD_NOT_ALLOWED", "The query editor is opened by GET.", Allow="GET")
    return Response(desk.editor.page, 200 if desk.editor.complete else 503, PAGE, "text/html")


async def asset(request: Request) -> Response:
    """GET /graphql/assets/{name}. A name stands for one content for ever, so that browsers need never ask again."""
    desk: Desk = request.state.desk
    found = desk.editor and desk.editor.assets.get(request.path_params["name"])
    if not found:
        refuse(404, "NOT_FOUND", "The query editor has no such file.")
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, headers=ASSET | {"Content-Encoding": "gzip"}, media_type=found.media_type)
    return Response(found.body, headers=ASSET, media_type=found.media_type)
