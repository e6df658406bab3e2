"""Writes the folder of an export, and sees that it tags as the archive does."""

import hashlib
import inspect
import io
import json
import math
import os
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp import standalone
from datnet_allennlp.data.tokenizers import TweetTokenizer
from datnet_allennlp.export.networks import emissions_network, refused
from datnet_allennlp.export.words import VECTOR_TYPES, write_parts
from datnet_allennlp.extras import require
from datnet_allennlp.models.datnet_tagger import DatnetTagger
from datnet_allennlp.modules.tag_decoder import TagDecoder
from datnet_allennlp.standalone import patterns
from datnet_allennlp.standalone.folder import FORMAT, MANIFEST
from datnet_allennlp.standalone.tagger import SETTINGS
from datnet_allennlp.tagging import Tagger

_PACKAGE = "standalone"
_REQUIREMENTS = ("numpy", "onnxruntime", "regex")
_TAG = '''\
"""Tags tweets: python tag.py tweets.txt. Needs Python 3.10 and requirements.txt."""

import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    # Ctrl-C while it imports ends it at once. What takes longest is imported here, not when needed.
    ctrl_c = signal.getsignal(signal.SIGINT)
    if ctrl_c is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    import onnxruntime
    from standalone.command import main

    signal.signal(signal.SIGINT, ctrl_c)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main(Path(__file__).parent)
'''
_PATTERNS = '''\
"""The patterns of NLTK's tweet tokenizer, which `patterns.json` holds."""

import functools
import json
from pathlib import Path
from typing import Any

import regex

from .refusal import Refusal


@functools.cache
def words() -> Any:
    """Matches any token."""
    return _compiled("words")


@functools.cache
def hangs() -> Any:
    """Matches more than three equal characters in a row that are neither letters nor digits."""
    return _compiled("hangs")


def _compiled(name: str) -> Any:
    try:
        patterns = json.loads((Path(__file__).parents[1] / "patterns.json").read_text("utf-8"))
        return regex.compile(*patterns[name])
    except (OSError, ValueError, TypeError, KeyError, regex.error) as error:
        raise Refusal(
            f"patterns.json: found no patterns ({error}), expected those that `allennlp export` "
            "writes"
        ) from None
'''


def export(
    tagger: Tagger,
    folder: str | os.PathLike[str],
    vector_type: str = "float32",
    resources: Sequence[str] | None = None,
) -> None:
    """
    Writes a folder with which `python FOLDER/tag.py` tags without AllenNLP and torch. It has its
    name once it is whole.

    # Parameters

    tagger : `Tagger`
    folder : `str | os.PathLike[str]`
        Must not exist.
    vector_type : `str`, optional (default = `"float32"`)
        `float32`, `float16` or `int8`: how the word vectors are kept.
    resources : `Sequence[str] | None`, optional
        Default: all of the model's. The first one is that of texts that name none; by default the
        target.

    Raises `ConfigurationError`, naming it, for a component that cannot be exported, for a folder
    that exists, a full disk, and without the extra `export`.
    """
    folder = Path(folder)
    require("onnx", "export", f"{folder}")
    model = tagger.model
    if not isinstance(model, DatnetTagger):
        raise refused("model", model, "'datnet_tagger'")
    tokenizer = getattr(tagger.dataset_reader, "tokenizer", None)
    if type(tokenizer) is not TweetTokenizer:
        raise refused("dataset_reader.tokenizer", tokenizer, "'tweet'")
    if vector_type not in VECTOR_TYPES:
        raise ConfigurationError(
            f"vectors: found '{vector_type}', expected one of {list(VECTOR_TYPES)}"
        )
    chosen = list(resources or sorted(model.decoders, key=lambda name: name != model.target))
    for resource in chosen:
        if resource not in model.decoders:
            raise ConfigurationError(
                f"resource: found '{resource}', expected one of {sorted(model.decoders)}"
            )
    if folder.exists() or not folder.absolute().parent.is_dir():
        found = "that it exists" if folder.exists() else "no folder around it"
        raise ConfigurationError(f"{folder}: found {found}, expected a new folder")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir()
        _write(tagger, model, unfinished, vector_type, chosen)
        os.replace(unfinished, folder)
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: found that it cannot be written ({error.strerror}), expected room for it"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write(
    tagger: Tagger, model: DatnetTagger, folder: Path, vector_type: str, resources: list[str]
) -> None:
    sums: dict[str, str] = {}

    def write(name: str, content: bytes) -> None:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sums[name] = hashlib.sha256(content).hexdigest()

    def save(name: str, matrix: numpy.ndarray) -> None:
        buffer = io.BytesIO()
        numpy.save(buffer, matrix, allow_pickle=False)
        write(name, buffer.getvalue())

    described = {}
    for resource in resources:
        decoder = model.decoder(resource)
        write(f"{resource}.onnx", emissions_network(model.encoder, decoder.projection, resource))
        described[resource] = {
            "network": f"{resource}.onnx",
            "parts": write_parts(tagger, resource, vector_type, write, save),
            "temperature": model.temperature[resource],
            **_crf(decoder),
        }
    write(SETTINGS, _json({"default": resources[0], "resources": described}))
    found = {"words": patterns.words(), "hangs": patterns.hangs()}
    pattern_texts = {name: [each.pattern, each.flags] for name, each in found.items()}
    write("patterns.json", _json(pattern_texts))
    for source in sorted(Path(inspect.getfile(standalone)).parent.glob("*.py")):
        content = source.read_bytes()
        if source.name == "patterns.py":
            content = _PATTERNS.encode()
        write(f"{_PACKAGE}/{source.name}", content)
    write("tag.py", _TAG.encode())
    required = [f"{name}=={version(name)}\n" for name in _REQUIREMENTS]
    write("requirements.txt", "".join(required).encode())
    write(MANIFEST, _json({"format": FORMAT, "sha256": dict(sorted(sums.items()))}))


def _crf(decoder: TagDecoder) -> dict[str, Any]:
    allowed = decoder.crf.allowed_transitions(torch.float32)
    scores = {
        name: _without_infinity(values.tolist())
        for name, values in zip(("transitions", "start", "end"), allowed, strict=True)
    }
    reading = {name: matrix.int().tolist() for name, matrix in decoder.reading._asdict().items()}
    labels = decoder.to_labels(list(range(len(decoder.labels))))
    return {"labels": labels, **scores, **reading}


def _without_infinity(values: Any) -> Any:
    """JSON has no infinity: null stands for what is forbidden."""
    if isinstance(values, list):
        return [_without_infinity(each) for each in values]
    return values if math.isfinite(values) else None


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
