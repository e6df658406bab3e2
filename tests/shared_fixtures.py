"""Fixtures for all tests: the configurations of the paper on `fixtures/`, made small."""

import copy
import functools
import gc
import itertools
import json
import logging
import multiprocessing
import os
import re
import shutil
import signal
import socket
import string
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from allennlp.commands.subcommand import Subcommand
from allennlp.commands.train import TrainModel, train_model
from allennlp.common import Params, params, plugins
from allennlp.common.util import import_module_and_submodules, prepare_environment
from allennlp.data import Batch, DatasetReader, Instance, Vocabulary
from tqdm import tqdm

from datnet_allennlp import plugin  # noqa: F401  (registers the components, as the command does)
from datnet_allennlp.data.vector_file import WordVectorTable
from datnet_allennlp.modules import word_vectors

# Where the host's own name leads nowhere, gloo of older torch waits for ever.
if sys.platform == "linux":
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
# Some tests kill processes that were forked. One that holds tqdm's own lock, which all share, would
# stop every progress bar after it.
tqdm.set_lock(threading.RLock())

ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "fixtures" / "embeddings" / "en.50d.txt.gz"
# The fixtures have the entity types of these corpora.
_PLACES = {
    "data/wnut2017/": f"{ROOT}/fixtures/target/",
    "data/conll2003/": f"{ROOT}/fixtures/source/",
    "data/embeddings/en.50d.txt.gz": str(VECTORS),
}


def pytest_collection_finish() -> None:
    # What was imported and collected, half a million objects, is here to stay; without this it is
    # searched for garbage again and again.
    gc.freeze()


@pytest.fixture(scope="session")
def as_small():
    """
    Makes a configuration, given as text, small and puts it on the fixtures: narrow LSTMs, no
    dropout, at most 40 sentences of each resource, two epochs.
    """

    def as_small(text: str) -> dict[str, Any]:
        for place, fixture in _PLACES.items():
            text = text.replace(place, fixture)
        text = re.sub(r'"hidden_size": \d+', '"hidden_size": 6', text)
        config = json.loads(re.sub(r'"dropout": [\d.]+', '"dropout": 0.0', text))
        config["train_data_path"] = {
            resource: path if isinstance(path, dict) else {"path": path, "max_sentences": 40}
            for resource, path in config["train_data_path"].items()
        }
        config["trainer"]["num_epochs"] = 2
        return config

    return as_small


@pytest.fixture(scope="session")
def small_config(as_small):
    """
    The configuration of a variant (`base`, `datnet_f`, ...) for the fixtures, made small. With the
    folder of a transformer, it is the only embedder.
    """

    @functools.cache
    def text(variant: str, transformer: str | None) -> str:
        name = f"{variant}_wnut17{'_transformer' if transformer else ''}.jsonnet"
        variables = {"MODEL": transformer} if transformer else {}
        config = Params.from_file(str(ROOT / "training_config" / name), ext_vars=variables)
        return json.dumps(config.as_dict(quiet=True))

    return lambda variant, transformer=None: as_small(text(variant, transformer))


@pytest.fixture(scope="session")
def archive(small_config, tmp_path_factory) -> Path:
    """A DATNet-F that was trained for a moment, so that it finds entities where there are none."""
    folder = tmp_path_factory.mktemp("archive") / "run"
    config = small_config("datnet_f")
    config["trainer"]["num_epochs"] = 1
    config["dataset_reader"]["coding"] = "BIOUL"
    train_model(Params(config), str(folder))
    return folder / "model.tar.gz"


@pytest.fixture(scope="session")
def prepared_python():
    """
    What starts a process of Python, to be followed by `-c` and code: forked from one that has
    imported AllenNLP, which saves some seconds. The id and the parent are those of another
    process. Only on Linux.
    """
    prepared = ROOT / "tests" / "prepared"
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        address = f"{folder}/socket"
        listener.bind(address)
        listener.listen()
        server = subprocess.Popen(
            [sys.executable, prepared / "server.py", str(listener.fileno())],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        listener.close()
        yield [sys.executable, "-I", "-S", str(prepared / "client.py"), address]
        server.communicate()


@pytest.fixture(scope="session")
def prepared_allennlp(request):
    """
    What starts a process of the `allennlp` command, to be followed by its arguments: as if it were
    `.venv/bin/allennlp`, but forked as by `prepared_python`.
    """
    program = str(Path(sys.executable).parent / "allennlp")
    if sys.platform != "linux":
        return [program]
    return [*request.getfixturevalue("prepared_python"), program]


@pytest.fixture
def fork_distributed(monkeypatch):
    """
    The processes of a distributed training, which are started anew and import everything, are
    forked from one that has imported everything, and not from this one.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload(["datnet_allennlp"])
    start = functools.partial(torch.multiprocessing.start_processes, start_method="forkserver")
    monkeypatch.setattr(torch.multiprocessing, "spawn", start)


@pytest.fixture(scope="session")
def tiny_transformer(tmp_path_factory):
    """
    The folder of a transformer with random weights and a piece for each letter: `bert`, or
    `roberta`, whose padding has the id 1. Neither has dropout.
    """

    @functools.cache
    def make(kind: str) -> str:
        folder = tmp_path_factory.mktemp(kind)
        letters = string.ascii_lowercase + string.digits + "ĠéãÄ"
        size = {
            "hidden_size": 8,
            "intermediate_size": 12,
            "num_attention_heads": 2,
            "num_hidden_layers": 2,
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "initializer_range": 0.4,
        }
        torch.manual_seed(0)
        if kind == "bert":
            pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
            pieces += [f"##{letter}" for letter in letters]
            (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
            tokenizer = transformers.BertTokenizerFast(str(folder / "vocab.txt"))
            options = {"vocab_size": len(pieces), "max_position_embeddings": 512, **size}
            model = transformers.BertModel(transformers.BertConfig(**options))
        else:
            pieces = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *letters]
            ids = {piece: i for i, piece in enumerate(pieces)}
            (folder / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
            (folder / "merges.txt").write_text("#version: 0.2\n")
            files = (str(folder / "vocab.json"), str(folder / "merges.txt"))
            tokenizer = transformers.RobertaTokenizerFast(*files)
            options = {"vocab_size": len(pieces), "max_position_embeddings": 514, **size}
            model = transformers.RobertaModel(transformers.RobertaConfig(**options))
            assert model.config.pad_token_id == 1
        tokenizer.save_pretrained(folder)
        model.save_pretrained(folder)
        return str(folder)

    return make


@pytest.fixture
def build(tmp_path):
    """
    Builds what `allennlp train` would: an object with `model`, `trainer` and `data_loader`. It goes
    on with the run in `folder`, a folder within `tmp_path`, if there is one.
    """
    folders = (f"run{number}" for number in itertools.count())

    def build(config: dict[str, Any], folder: str | None = None) -> TrainModel:
        own = Params(copy.deepcopy(config))
        prepare_environment(own)
        path = tmp_path / (folder or next(folders))
        path.mkdir(exist_ok=True)
        return TrainModel.from_params(params=own, serialization_dir=str(path), local_rank=0)

    return build


@pytest.fixture(scope="session")
def read():
    """Reads the first training sentences of one resource: `read(config, resource, number)`."""

    def read(config: dict[str, Any], resource: str, number: int) -> list[Instance]:
        reader = DatasetReader.from_params(Params(copy.deepcopy(config["dataset_reader"])))
        path = config["train_data_path"][resource]
        return list(reader.read({resource: path}))[:number]

    return read


@pytest.fixture(scope="session")
def as_batch():
    """Turns instances into the tensors of one batch."""

    def as_batch(instances: list[Instance], vocab: Vocabulary) -> dict[str, Any]:
        batch = Batch(instances)
        batch.index_instances(vocab)
        return batch.as_tensor_dict()

    return as_batch


@pytest.fixture(scope="session")
def chromium():
    """A browser without a window. Where there is none the test is skipped with what is missing."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("needs Chromium: the command `chromium` (Debian's package of this name)")
    options = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    options += [
        f"--disable-{part}" for part in ("background-networking", "component-update", "sync")
    ]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=options)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """
    Opens an address in a new page. At the end, what the page said on the console and its errors
    have to be none, but for requests that the server refused with a sentence.
    """
    complaints: list[str] = []
    contexts = []

    def open_page(url: str, color_scheme: str = "light"):
        context = chromium.new_context(color_scheme=color_scheme, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)  # where other processes take the cores
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [each for each in complaints if "status of 400" not in each] == []


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_not_ignored():
    """A shell starts what it runs in the background so, and each process hands it on."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


@pytest.fixture(scope="session", autouse=True)
def _read_vectors_once():
    """Most models here have these vectors. Each gets a copy."""
    read = word_vectors.read_vector_file
    read_bundled = functools.cache(lambda: read(str(VECTORS)))

    def read_once(path: str) -> WordVectorTable:
        if path != str(VECTORS):
            return read(path)
        words, vectors = read_bundled()
        return WordVectorTable(list(words), vectors.copy())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_vectors, "read_vector_file", read_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _import_once():
    """
    AllenNLP's `main` looks for all its modules at each call, and for plugins that are not there,
    which takes half a second.
    """
    outcomes: dict[str, ModuleNotFoundError | None] = {}

    def import_once(name: str, **options: Any) -> None:
        if name not in outcomes:
            outcomes[name] = None
            try:
                import_module_and_submodules(name, **options)
            except ModuleNotFoundError as error:
                outcomes[name] = error
        if error := outcomes[name]:
            raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins, "import_module_and_submodules", import_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _evaluate_once():
    """
    Jsonnet reads its own library at each call, which takes longer than most tests. A text that
    names nothing outside of it always gives the same.
    """
    evaluate_file, evaluate_snippet = params.evaluate_file, params.evaluate_snippet
    known: dict[str, str] = {}

    def evaluate_once(text: str, evaluate: Callable[[], str]) -> str:
        if "import" in text or "extVar" in text:
            return evaluate()
        if text not in known:
            known[text] = evaluate()
        return known[text]

    def of_file(path: str, **options: Any) -> str:
        text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
        return evaluate_once(text, lambda: evaluate_file(path, **options))

    def of_snippet(name: str, text: str, **options: Any) -> str:
        return evaluate_once(text, lambda: evaluate_snippet(name, text, **options))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(params, "evaluate_file", of_file)
        patch.setattr(params, "evaluate_snippet", of_snippet)
        yield


@pytest.fixture(scope="session", autouse=True)
def _make_one_parser():
    """AllenNLP's `main` makes the parsers of all commands for the one that is given."""
    list_all = Subcommand.list_available

    def list_given() -> list[str]:
        given = sys.argv[1:2]
        return given if given and given[0] in list_all() else list_all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Subcommand, "list_available", list_given)
        yield


@pytest.fixture(autouse=True)
def _clean_process(monkeypatch):
    """Undoes the handlers that AllenNLP's training puts on the root logger and `sys`."""
    torch.set_num_threads(1)  # narrow layers gain nothing from more
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
