"""The page's server: a Starlette application. Needs the extra `demo`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.demo.service import DemoService
from datnet_allennlp.extras import require
from datnet_allennlp.tagging.text_record import parse_line

MAX_BYTES = 2**20
_FILES = {
    "/": ("demo.html", "text/html"),
    "/demo.css": ("demo.css", "text/css"),
    "/demo.js": ("demo.js", "text/javascript"),
}
_KINDS = {"model": str, "format": str, "record": dict, "records": list}
# The page loads nothing from elsewhere, runs no script but its own, and is shown in no other page.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def make_app(service: DemoService, hosts: list[str]) -> Any:
    """
    # Parameters

    service : `DemoService`
    hosts : `list[str]`
        By which names browsers may call the server; `*` is any. With a list, no page of another
        site can reach a server on loopback by a name of its own that leads there.

    # Returns

    `starlette.applications.Starlette`
        `GET` of the page, and `POST` of JSON to `/tag`, `/alternatives` and `/download`, and of a
        file to `/read`. A request that makes no sense is answered with a sentence under `error`.

    Raises `ConfigurationError` without Starlette.
    """
    require("starlette", "demo", "allennlp demo")
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import Response
    from starlette.routing import Route

    def respond(content: bytes, media_type: str, status: int = 200) -> Response:
        return Response(content, status, _HEADERS, media_type)

    def respond_json(content: Any, status: int = 200) -> Response:
        # In ASCII, for texts may hold lone surrogates.
        return respond(json.dumps(content).encode(), "application/json", status)

    async def body(request: Request) -> bytes:
        received, length = bytearray(), 0
        async for chunk in request.stream():
            length += len(chunk)
            # To the end, for a browser that is answered while it sends takes that for a failure.
            if length <= MAX_BYTES:
                received += chunk
        if length > MAX_BYTES:
            raise ConfigurationError(
                f"found {length:,} bytes, expected at most {MAX_BYTES:,}; `allennlp tag` takes "
                "files of any size"
            )
        return bytes(received)

    def page(path: str) -> Route:
        name, media_type = _FILES[path]
        content = (Path(__file__).parent / name).read_bytes()
        return Route(path, lambda request: respond(content, media_type))

    def action(path: str, *keys: str, call: Callable[..., Any]) -> Route:
        """Calls a method of the service with these keys of the request's JSON."""

        async def endpoint(request: Request) -> Response:
            record = parse_line((await body(request)).decode("utf-8", "replace"))
            for key in keys:
                if not isinstance(record.get(key), _KINDS[key]):
                    kind = _KINDS[key].__name__
                    raise ConfigurationError(f"found no {kind} under '{key}', expected one")
            answer = await run_in_threadpool(call, *(record[key] for key in keys))
            if call == service.download:
                name, content = answer
                response = respond(content, "application/octet-stream")
                response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
                return response
            return respond_json(answer)

        return Route(path, endpoint, methods=["POST"])

    async def read(request: Request) -> Response:
        name, column = (request.query_params.get(key) for key in ("name", "column"))
        content = await body(request)
        return respond_json(await run_in_threadpool(service.read, name or "", content, column))

    def describe(request: Request) -> Response:
        return respond_json(service.describe())

    def explain(request: Request, error: Exception) -> Response:
        return respond_json({"error": str(error)}, 400)

    def give_up(request: Request, error: Exception) -> Response:
        return Response(status_code=400)  # nobody reads it

    app = Starlette(
        routes=[
            *map(page, _FILES),
            Route("/models", describe),
            Route("/read", read, methods=["POST"]),
            action("/tag", "model", "records", call=service.tag),
            action("/alternatives", "model", "record", call=service.alternatives),
            action("/download", "model", "format", "records", call=service.download),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
        exception_handlers={ConfigurationError: explain, ClientDisconnect: give_up},
    )
    # To /tag from /tag/, for one: of no use here, and a query that is not UTF-8 breaks it.
    app.router.redirect_slashes = False
    return app
