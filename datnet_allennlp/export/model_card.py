"""A model card, from what an archive and its run say of themselves."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy
from allennlp.common.checks import ConfigurationError
from allennlp.models import Archive

from datnet_allennlp.corpora.checksum import sha256_of
from datnet_allennlp.corpora.corpus import Corpus
from datnet_allennlp.corpora.registry import CORPORA
from datnet_allennlp.evaluation.counts import count_entities
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.significance import paired_bootstrap
from datnet_allennlp.evaluation.tag_corpus import tag_corpus
from datnet_allennlp.export.networks import refused
from datnet_allennlp.models.datnet_tagger import DatnetTagger

_HEAD = """\
---
library_name: datnet-allennlp
pipeline_tag: token-classification
{languages}{license}tags:
- named-entity-recognition
- datnet
- allennlp
---

# Named entity tagger: {kind}

A tagger of {types}, trained by [AllenNLP](https://github.com/allenai/allennlp) {allennlp} with
datnet-allennlp {version}, which implements DATNet (Zhou et al., ACL 2019).

```python
from datnet_allennlp import Tagger

tagger = Tagger.load("model.tar.gz")
tagger("Halden United play in Dublin").entities
```
"""
_LIMITS = """\
## Limits

- The scores hold for text like that of the corpora above. Other places, times and ways to write
  lower them, and the model gives no sign of it but a lower confidence.
- Names that training did not hold are found less often than those that it did.
- {confidence}
- The training text decides whose names are known. Do not use the tagger to decide about people.
"""
_CITE = """\
## How to cite

```bibtex
@inproceedings{zhou-etal-2019-dual,
  title = "Dual Adversarial Neural Transfer for Low-Resource Named Entity Recognition",
  author = "Zhou, Joey Tianyi and Zhang, Hao and Jin, Di and Zhu, Hongyuan and Fang, Meng and
    Goh, Rick Siow Mong and Kwok, Kenneth",
  booktitle = "Proceedings of the 57th Annual Meeting of the Association for Computational
    Linguistics",
  year = "2019",
  pages = "3461--3471",
  doi = "10.18653/v1/P19-1336"
}
```

And the corpora, as their homes ask.
"""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_NAMES = {"precision-overall": "precision", "recall-overall": "recall", "f1-measure-overall": "F1"}


def model_card(
    archive: Archive,
    metrics: Mapping[str, Any] | None = None,
    data: Sequence[str] = (),
    languages: Sequence[str] = (),
    license_id: str | None = None,
) -> str:
    """
    The card in Markdown, with the head that hubs read.

    # Parameters

    archive : `Archive`
    metrics : `Mapping[str, Any] | None`, optional
        The `metrics.json` of the run.
    data : `Sequence[str]`, optional
        Files of tagged sentences of the target to score the model on. Their scores have intervals:
        95 %, by a bootstrap over sentences.
    languages : `Sequence[str]`, optional
        Codes in ISO 639-1. Default: those of the target's training data, where they are known.
    license_id : `str | None`, optional
        The license of the model as the hub names it, such as `cc-by-4.0`.

    Raises `ConfigurationError` for a model that is no `datnet_tagger`, for files that cannot be
    read, and for a language or license that is no plain name.
    """
    model = archive.model
    if not isinstance(model, DatnetTagger):
        raise refused("model", model, "'datnet_tagger'")
    config = archive.config.as_dict(quiet=True)
    types = sorted({label[2:] for label in model.decoder(model.target).labels.values()} - {""})
    for given in (*languages, license_id or "other"):
        if not _PLAIN_NAME.fullmatch(given):
            raise ConfigurationError(
                f"found the language or license {given!r}, expected one such as 'en' or 'cc-by-4.0'"
            )
    codes = languages or sorted(_languages(config, model.target))
    head = _HEAD.format(
        languages="".join(["language:\n", *(f"- {each}\n" for each in codes)]) if codes else "",
        license=f"license: {license_id}\n" if license_id else "",
        kind=_kind(config["model"]),
        types=", ".join(map(_code, types)),
        allennlp=version("allennlp"),
        version=version("datnet-allennlp"),
    )
    temperature = model.temperature[model.target]
    confidence = (
        "The confidence of an entity was not calibrated; it may be too high or too low."
        if temperature == 1
        else f"The confidence was calibrated, at a temperature of {temperature:.3f}; on text "
        "unlike dev it may still be too high or too low."
    )
    return "\n".join(
        [
            head,
            *_training(config, model),
            *_scores(archive, metrics, data),
            _LIMITS.format(confidence=confidence),
            _CITE,
        ]
    )


def metrics_beside(archive: str) -> dict[str, Any] | None:
    """The `metrics.json` of the run whose folder this is, or in whose folder the archive lies."""
    place = Path(archive)
    folder = place if place.is_dir() else place.parent
    file = folder / "metrics.json"
    if not file.is_file() or not (folder / "config.json").is_file():
        return None
    try:
        metrics = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigurationError(f"{file}: found no JSON ({error}), expected metrics") from None
    return metrics if isinstance(metrics, dict) else None


def _kind(model: Mapping[str, Any]) -> str:
    encoder = model["encoder"]["type"]
    discriminator = model.get("discriminator")
    name = discriminator if isinstance(discriminator, str) else (discriminator or {}).get("type")
    parts = [f"encoder {_code(encoder)}"]
    parts.append(f"discriminator {_code(name)}" if name else "no discriminator")
    return ", ".join(parts)


def _training(config: Mapping[str, Any], model: DatnetTagger) -> Iterator[str]:
    yield "## Training data\n"
    paths = config["train_data_path"]
    if not isinstance(paths, dict) or "path" in paths:
        paths = {model.target: paths}
    for resource, path in paths.items():
        role = "the target" if resource == model.target else "a source"
        options = {}
        if isinstance(path, dict):
            path, options = path["path"], {key: path[key] for key in path if key != "path"}
        for file in path if isinstance(path, list) else [path]:
            part = f", of which {_code(options)}" if options else ""
            yield f"- {_code(resource)}, {role}: {_shown(file)}{part}. {_terms(file)}"
    for vectors in sorted(set(_values(config["model"], "pretrained_file"))):
        yield f"- word vectors: {_shown(vectors)}, whose terms are not known here"
    callbacks = config.get("trainer", {}).get("callbacks", [])
    adversarial = "adversarial_training" in _values(callbacks, "type")
    number = sum(each.numel() for each in model.parameters() if each.requires_grad)
    yield (
        f"\n{number:,} trained parameters; adversarial training of the embeddings: "
        f"{'yes' if adversarial else 'no'}.\n"
    )


def _languages(config: Mapping[str, Any], target: str) -> set[str]:
    """Those of the target's training data, as far as its corpora are known."""
    paths = config["train_data_path"]
    if isinstance(paths, dict) and "path" not in paths:
        paths = paths.get(target, [])
    if isinstance(paths, dict):
        paths = paths["path"]
    known = (_known(Path(each)) for each in (paths if isinstance(paths, list) else [paths]))
    return {corpus.language for corpus in known if corpus}


def _terms(path: str) -> str:
    """The terms of a corpus that is known by its sums, or by the name of its folder."""
    corpus = _known(Path(path))
    if corpus is None:
        return "Its terms are not known here; state them before you publish the model."
    return f"[{corpus.name}]({corpus.home}): {corpus.terms}"


def _known(file: Path) -> Corpus | None:
    if not file.is_file():
        return CORPORA.get(file.parent.name)
    found = sha256_of(file)
    sums = {split.sha256: corpus for corpus in CORPORA.values() for split in corpus.splits}
    return sums.get(found)


def _scores(
    archive: Archive, metrics: Mapping[str, Any] | None, data: Sequence[str]
) -> Iterator[str]:
    yield "## Scores\n"
    dev = [
        f"{name} {100 * metrics[f'best_validation_{key}']:.2f}"
        for key, name in _NAMES.items()
        if metrics and f"best_validation_{key}" in metrics
    ]
    if dev:
        yield f"On the dev set that chose the checkpoint: {', '.join(dev)} (entities, in %).\n"
    if not dev and not data:
        yield "None are known here: no `metrics.json` lay beside the archive.\n"
    if not data:
        return
    yield "| data | sentences | entities | precision | recall | F1 | 95 % interval of F1 |"
    yield "|---|---|---|---|---|---|---|"
    for path in data:
        sentences = tag_corpus(archive.model, archive.validation_dataset_reader, path)
        found = score(sentences)["conlleval"]
        counts = count_entities(sentences)
        # F1 is the difference to a tagger that finds nothing.
        nothing = counts * numpy.array([0, 0, 1], dtype=counts.dtype)
        interval = paired_bootstrap([counts], [nothing])
        values = " | ".join(f"{100 * found[key]:.2f}" for key in ("precision", "recall", "f1"))
        yield (
            f"| {_shown(path)} | {len(sentences):,} | {found['gold']:,} | {values} | "
            f"{100 * interval.low:.2f} to {100 * interval.high:.2f} |"
        )
    yield "\nThe interval is of the choice of sentences, not of that of the seed.\n"


def _values(value: Any, key: str) -> Iterator[str]:
    """All texts under a key, at any depth."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name == key and isinstance(child, str):
                yield child
            else:
                yield from _values(child, key)
    elif isinstance(value, list):
        for child in value:
            yield from _values(child, key)


def _shown(path: str) -> str:
    """The last two parts: where the files lay on someone's disk is nobody's business."""
    return _code("/".join(Path(path).parts[-2:]))


def _code(value: Any) -> str:
    """As code of Markdown, whatever it holds: an archive may be anyone's."""
    text = value if isinstance(value, str) else json.dumps(value)
    return "`" + " ".join(text.replace("`", "'").replace("|", "/").split()) + "`"
