import threading

import pytest
import torch
import uvicorn

from datnet_allennlp import Tagger
from datnet_allennlp.demo.app import make_app
from datnet_allennlp.demo.server import _listen
from datnet_allennlp.demo.service import DemoService


@pytest.fixture(scope="session")
def tagger(archive) -> Tagger:
    """A model that finds entities: what was trained for a moment would find hardly any."""
    tagger = Tagger.load(archive)
    decoder = tagger.model.decoder("target")
    names = {label: number for number, label in decoder.labels.items()}
    while len(tagger("Mia Torres in Dublin " * 3).entities) < 3:
        with torch.no_grad():
            decoder.projection.bias[names["O"]] -= 0.5
    return tagger


@pytest.fixture(scope="session")
def service(tagger) -> DemoService:
    return DemoService({"first": tagger, "<second>": tagger})


@pytest.fixture(scope="session")
def address(service) -> str:
    """Where the page is served while the tests run."""
    with _listen("127.0.0.1", 0) as listener:
        app = make_app(service, ["localhost", "127.0.0.1"])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join()
