"""An invented corpus and a real HTTP server on loopback."""

import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from datnet_allennlp.corpora.corpus import Corpus, Split

ORIGINALS = {
    "inv.train": "-DOCSTART- -X- O\n\nMarla NP I-PER\nVo NP I-PER\nJun NP B-PER\nrows VB O\n\n",
    "inv.testa": "In IN O\nOldbay NP I-LOC\n\t\nit PR O\nrains VB O\n\n",
    "inv.testb": "Oldbay NP I-LOC\nRowers NP I-ORG\nwon VB O\n",
}
PREPARED = {
    "train": "Marla\tB-PER\nVo\tI-PER\nJun\tB-PER\nrows\tO\n\n",
    "dev": "In\tO\nOldbay\tB-LOC\n\nit\tO\nrains\tO\n\n",
    "test": "Oldbay\tB-LOC\nRowers\tB-ORG\nwon\tO\n\n",
}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def originals():
    """The texts of the original files by their names."""
    return dict(ORIGINALS)


@pytest.fixture
def prepared():
    """The texts of the prepared files by the names of their splits, written by hand."""
    return dict(PREPARED)


@pytest.fixture
def corpus():
    splits = (
        Split(name, original, sha256(ORIGINALS[original]), sha256(PREPARED[name]), 4321, 21)
        for name, original in zip(PREPARED, ORIGINALS, strict=True)
    )
    return Corpus(
        name="invented",
        home="https://example.org/invented",
        terms="For rowers only.",
        columns=3,
        splits=tuple(splits),
        note="The paper counts boats.",
        download_path="someone/somewhere/0123abcd/folder",
    )


@dataclass
class Loopback:
    """What the server answers. A path that is not in `bodies` is answered with 404."""

    url: str
    bodies: dict[str, bytes]
    announced_lengths: dict[str, int] = field(default_factory=dict)


@pytest.fixture
def loopback(corpus, originals):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path not in served.bodies:
                self.send_error(404)
                return
            body = served.bodies[self.path]
            self.send_response(200)
            length = served.announced_lengths.get(self.path, len(body))
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served = Loopback(
            f"http://127.0.0.1:{server.server_port}",
            {f"/{corpus.download_path}/{name}": t.encode() for name, t in originals.items()},
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield served
        server.shutdown()
        thread.join()
