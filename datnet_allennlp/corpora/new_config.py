"""Writes the configuration of a DATNet-F for two corpora."""

import json
import os
from pathlib import Path

from allennlp.common.checks import ConfigurationError

import datnet_allennlp
from datnet_allennlp.corpora.inspect_corpus import DEV_SHARE, OwnCorpus
from datnet_allennlp.data.whole_file import whole_file

# So few target sentences are gone through several times in an epoch.
_FEW = 500


def write_config(
    output: Path,
    corpora: dict[str, OwnCorpus],
    vectors: dict[str, Path | None],
    transformer: str | None,
    shared_words: bool = False,
) -> None:
    """
    Writes a thin configuration that `allennlp train` runs from the folder where the paths of the
    corpora start.

    # Parameters

    output : `Path`
        A `.jsonnet` file.
    corpora : `dict[str, OwnCorpus]`
        `source` and `target`.
    vectors : `dict[str, Path]`
        The word vectors of each of them, or None.
    transformer : `str`, optional
        The folder or the name of a pretrained transformer: in place of word vectors, or beside them
        if there are any.
    shared_words : `bool`, optional (default = `False`)
        Whether one embedding of the words is trained for both, without vectors and a transformer.

    Raises `ConfigurationError` outside a checkout of the project, which holds the skeleton.
    """
    imports = {"datnet": "datnet.libsonnet"}
    if transformer:
        imports["transformer"] = "transformer.libsonnet"
    lines = [
        "// Written by `allennlp new-config`; made to be changed. What may be added to it stands"
    ]
    lines.append("// at the end of datnet.libsonnet.")
    lines += [
        f"local {name} = import {_quoted(_place(file, output))};" for name, file in imports.items()
    ]
    for name, corpus in corpora.items():
        lines += ["", f"local {name} = {{", *_corpus(corpus, vectors[name]), "};"]
    target = corpora["target"]
    lines.append("")
    if not transformer:
        lines.append("// f_transfer, without GRAD and AT, takes half the time and scored as well.")
    lines.append("datnet.datnet_f(target, source)")
    for name, corpus in corpora.items():
        if corpus.reader_keys:
            keys = ", ".join(f"{k}: {json.dumps(v)}" for k, v in corpus.reader_keys.items())
            lines.append(f"// Columns count from 0; -1 is the last. ({name})")
            lines.append(f"+ {{ dataset_reader+: {{ readers+: {{ {name}+: {{ {keys} }} }} }} }}")
    if target.num_sentences < _FEW:
        lines.append("// Few sentences: an epoch goes through them so often.")
        rate = round(_FEW / target.num_sentences, 1)
        lines.append(
            f"+ {{ data_loader+: {{ batch_sampler+: {{ rates+: {{ target: {rate} }} }} }} }}"
        )
    if "dev" not in target.paths:
        lines.append("// There is no dev set: so large a share of the target is held out for one.")
        lines.append(f"+ datnet.held_out({DEV_SHARE})")
    if shared_words:
        lines.append("// Most words of the target are in the source: one embedding for both.")
        lines.append("+ datnet.shared_words")
    if all(vectors.values()) and vectors["source"] != vectors["target"]:
        lines.append(
            "// Vectors of two languages: the target's are rotated into the source's space."
        )
        lines.append("+ datnet.aligned")
    if transformer:
        way = "beside" if any(vectors.values()) else "alone"
        lines.append(f"+ transformer.{way}({_quoted(transformer)})")
    with whole_file(output) as file:
        file.write("\n".join([*lines, ""]).encode())


def _corpus(corpus: OwnCorpus, vectors: Path | None) -> list[str]:
    values = {split: _quoted(path) for split, path in corpus.paths.items()}
    values.setdefault("dev", "null")
    values.setdefault("test", "null")
    values["vectors"] = _quoted(vectors) if vectors else "null"
    values["entity_types"] = f"[{', '.join(map(_quoted, corpus.entity_types))}]"
    notes = {} if vectors else {"vectors": "  // embeddings are trained"}
    return [f"  {key}: {value},{notes.get(key, '')}" for key, value in values.items()]


def _place(file: str, output: Path) -> str:
    """The path of a skeleton: from the output where that is in the same checkout, else absolute."""
    checkout = Path(datnet_allennlp.__file__).resolve().parents[1]
    skeleton = checkout / "training_config" / file
    if not skeleton.is_file():
        raise ConfigurationError(f"found no {skeleton}, expected a checkout of the project")
    folder = output.resolve().parent
    return os.path.relpath(skeleton, folder) if folder.is_relative_to(checkout) else str(skeleton)


def _quoted(text: str | Path) -> str:
    """A string of Jsonnet."""
    return json.dumps(str(text), ensure_ascii=False)
