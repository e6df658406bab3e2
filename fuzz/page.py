"""What is fuzzed of the page's server: any request is answered, or refused with a sentence."""

import asyncio
import functools
import json
from contextlib import suppress
from typing import Any, NamedTuple

from datnet_allennlp.demo.app import make_app
from datnet_allennlp.demo.service import DemoService
from fuzz.golden import golden_tagger, with_another_value

_BODIES: dict[str, dict[str, Any]] = {
    "/tag": {"model": "golden", "records": [{"text": "Mia Torres"}, {"tokens": ["Mia", "is"]}]},
    "/alternatives": {"model": "golden", "record": {"text": "Mia Torres", "resource": "source"}},
    "/download": {"model": "golden", "format": "brat", "records": [{"text": "Mia in Dublin"}]},
}
_POSTS = ("/tag", "/alternatives", "/download", "/read")


class _Answer(NamedTuple):
    status: int
    headers: dict[bytes, bytes]
    body: bytes


def page_bodies(data: bytes) -> None:
    """The body of a request; the first byte says to which endpoint."""
    path = _POSTS[data[0] % len(_POSTS)]
    query, _, body = data[1:].partition(b"\n") if path == "/read" else (b"", b"", data[1:])
    _check(path, _ask("POST", path, query, body))


def page_values(data: bytes) -> None:
    """
    A body in which a value is another: the first byte says to which endpoint, the next two which
    value, the rest is JSON.
    """
    path = list(_BODIES)[data[0] % len(_BODIES)]
    with suppress(ValueError, RecursionError):
        body = with_another_value(json.loads(json.dumps(_BODIES[path])), data[1:])
        _check(path, _ask("POST", path, b"", json.dumps(body).encode()))


def page_requests(data: bytes) -> None:
    """A request: in a line each its method, path, query and host, then its body."""
    method, path, query, host, body = [*data.split(b"\n", 4), *[b""] * 4][:5]
    answer = _ask(method.decode("latin-1"), path.decode("latin-1"), query, body, host)
    assert answer.status in (200, 400, 404, 405)


def _check(path: str, answer: _Answer) -> None:
    assert answer.status in (200, 400)
    if answer.status == 400:
        assert json.loads(answer.body)["error"]
    elif path == "/download":
        assert b"attachment; filename=" in answer.headers[b"content-disposition"]
    else:
        json.loads(answer.body, parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise AssertionError(f"{name} in JSON")


@functools.cache
def app() -> Any:
    return make_app(DemoService({"golden": golden_tagger()}), ["localhost"])


def _ask(method: str, path: str, query: bytes, body: bytes, host: bytes = b"localhost") -> _Answer:
    """Calls the application as uvicorn does. An error that it does not answer is raised."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8"),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", host)],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    half = len(body) // 2
    parts = [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:], "more_body": False},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app()(scope, receive, send))
    content = b"".join(message.get("body", b"") for message in sent)
    return _Answer(sent[0]["status"], dict(sent[0]["headers"]), content)
