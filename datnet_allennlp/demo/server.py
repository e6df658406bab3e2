"""Runs the page's server."""

import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import SigTermReceived

from datnet_allennlp.archive.names import name_archives
from datnet_allennlp.demo.app import make_app
from datnet_allennlp.demo.service import DemoService
from datnet_allennlp.extras import require
from datnet_allennlp.tagging import Tagger


def serve(archives: Sequence[str], host: str = "127.0.0.1", port: int = 8000) -> None:
    """
    Loads archives and serves the page until it is interrupted. Prints its address once it is ready.

    # Parameters

    archives : `Sequence[str]`
    host : `str`, optional (default = `"127.0.0.1"`)
        The address to listen on. The default is reached from this computer alone.
    port : `int`, optional (default = 8000)
        0 takes any that is free.

    Raises `ConfigurationError` for an address that cannot be listened on, archives that cannot be
    loaded, and without the extra `demo`.
    """
    uvicorn = require("uvicorn", "demo", "allennlp demo")
    names = name_archives(archives)
    # Before the archives, which take some seconds.
    with _listen(host, port) as listener:
        service = DemoService({name: Tagger.load(path) for name, path in names.items()})
        port = listener.getsockname()[1]
        app = make_app(service, ["localhost", host] if _is_loopback(host) else ["*"])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        print(f"http://{f'[{host}]' if ':' in host else host}:{port}/ (Ctrl-C ends it)", flush=True)
        with suppress(KeyboardInterrupt, SigTermReceived):
            server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError(
            f"--host {host} --port {port}: found that it cannot be used ({error.strerror}), "
            "expected an address of this computer and a free port (--port 0 takes any)"
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
