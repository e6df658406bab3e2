import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.demo.app import MAX_BYTES
from datnet_allennlp.demo.server import serve

ROOT = Path(__file__).parents[2]


def ask(url: str, content: bytes | None = None, **headers: str):
    request = urllib.request.Request(url, content, headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_requests(address, service) -> None:
    records = [{"text": "Mia Torres \ud83d \U0001f600"}]
    status, headers, content = ask(
        f"{address}tag", json.dumps({"model": "first", "records": records}).encode()
    )
    assert (status, json.loads(content)) == (200, service.tag("first", records))
    status, headers, content = ask(
        f"{address}download",
        json.dumps({"model": "first", "format": "csv", "records": records}).encode(),
    )
    assert headers["Content-Disposition"] == 'attachment; filename="entities.csv"'
    assert content == service.download("first", "csv", records)[1]
    status, headers, content = ask(f"{address}read?name=a.txt", b"one\n")
    assert json.loads(content) == service.read("a.txt", b"one\n")
    for path in ("", "demo.js", "demo.css"):
        status, headers, _ = ask(address + path)
        assert status == 200 and "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path, content, message",
    [
        ("tag", b"{", "expected one JSON object"),
        ("tag", b"{}", "found no str under 'model', expected one"),
        ("tag", b'{"model": "first", "records": 3}', "found no list under 'records'"),
        ("tag", b'{"model": [], "records": []}', "found no str under 'model'"),
        (
            "download",
            b'{"model": "first", "format": {}, "records": []}',
            "found no str under 'format'",
        ),
        ("alternatives", b'{"model": "first", "record": 3}', "found no dict under 'record'"),
        ("read?name=a.png", b"x", "a.png: found a file of another kind"),
        ("read?name=a.txt", b"x" * (MAX_BYTES + 1), "found 1,048,577 bytes, expected"),
    ],
)
def test_wrong_requests_get_a_sentence(address, path, content, message) -> None:
    status, _, answer = ask(address + path, content)
    assert status == 400 and message in json.loads(answer)["error"]


def test_a_page_of_another_site_cannot_take_the_name(address) -> None:
    assert ask(address, Host="localhost")[0] == 200
    assert ask(address, Host="evil.example")[0] == 400


def test_addresses_that_cannot_be_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        # Before the archive is looked for.
        with pytest.raises(ConfigurationError, match=f"--port {port}: found that .*in use"):
            serve(["none"], port=port)
    with pytest.raises(ConfigurationError, match="--host 192.0.2.1 .* expected an address of this"):
        serve(["none"], host="192.0.2.1", port=0)
    with pytest.raises(ConfigurationError, match="none: found no such file"):
        serve(["none"], port=0)


def test_needs_the_extra(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ConfigurationError, match=r"expected the extra .*datnet-allennlp\[demo\]"):
        serve(["none"], port=0)


@pytest.mark.process
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_command(archive, prepared_allennlp, ending) -> None:
    command = [*prepared_allennlp, "demo", str(archive), "--port", "0"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.split()[0]
        assert line == f"{url} (Ctrl-C ends it)\n" and urlsplit(url).hostname == "127.0.0.1"
        # A browser that is closed while it sends, and one that does not wait for the answer.
        head = "POST /tag HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n"
        body = json.dumps({"model": "run", "records": [{"text": "Dublin " * 2000}]})
        for sent, length in ((body[:100], 10_000), (body, len(body))):
            with socket.create_connection(("127.0.0.1", urlsplit(url).port)) as connection:
                connection.sendall((head.format(length) + sent).encode())
        assert ask(f"{url}models")[0] == 200
        process.send_signal(ending)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "Traceback" not in errors and "ERROR" not in errors
