"""
Makes `allennlp evaluate` say what is wrong with its options, where it can before anything is read.

AllenNLP builds its argument parser before it imports plugins; its function looks up the one that is
replaced here each time.
"""

import errno
import json
import os
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch
from allennlp.commands import evaluate
from allennlp.common.checks import ConfigurationError
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.evaluation import SimpleEvaluator
from allennlp.models import Model

from datnet_allennlp.data.whole_file import check_no_input, whole_name
from datnet_allennlp.standalone.refusal import one_line

_SOURCES = "--embedding-sources-mapping"


def install() -> None:
    """Puts the functions below in the place of AllenNLP's."""
    evaluate.evaluate_from_archive = _with_options_checked(evaluate.evaluate_from_archive)
    Model.extend_embedder_vocab = _with_names_checked(  # type: ignore[method-assign]
        Model.extend_embedder_vocab
    )


def _with_options_checked(score: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def evaluate_from_archive(
        archive_file: str | os.PathLike,
        input_file: str,
        metrics_output_file: str | None = None,
        predictions_output_file: str | None = None,
        batch_size: int | None = None,
        embedding_sources_mapping: str | None = None,
        extend_vocab: bool = False,
        batch_weight_key: str | None = None,
        auto_names: str = "NONE",
        **options: Any,
    ) -> dict[str, Any]:
        if batch_size is not None and batch_size < 1:
            raise ConfigurationError(f"--batch-size: found {batch_size}, expected at least 1")
        if embedding_sources_mapping:
            _check_sources(embedding_sources_mapping, extend_vocab)
        data = _data(input_file)
        inputs = [archive_file, *(each for each in data if isinstance(each, str))]
        outputs = (
            ("--output-file", metrics_output_file, "METRICS"),
            ("--predictions-output-file", predictions_output_file, "PREDS"),
        )
        for option, given, automatic in outputs:
            if given is None:
                continue
            if auto_names in (automatic, "ALL"):
                if not all(isinstance(each, str) for each in data):
                    raise ConfigurationError(
                        f"--auto-names: found '{auto_names}' for data that is no file, expected "
                        f"NONE, and the files' names in {option}"
                    )
            elif len(files := given.split(",")) != len(data):
                raise ConfigurationError(
                    f"{option}: found {len(files)} file(s) for {len(data)} to evaluate, expected "
                    "one for each, with commas between"
                )
            else:
                for file in files:
                    if not os.path.isdir(os.path.dirname(file) or "."):
                        raise ConfigurationError(
                            f"{option}: found no folder for '{file}', expected one"
                        )
                    check_no_input(file, inputs, f"another file for {option}")
        # AllenNLP writes predictions as they come; they have their names once they are whole.
        named = predictions_output_file if auto_names in ("NONE", "METRICS") else None
        try:
            with ExitStack() as stack:
                names = [
                    stack.enter_context(whole_name(file))
                    for file in (named.split(",") if named else [])
                ]
                return score(
                    archive_file=archive_file,
                    input_file=input_file,
                    metrics_output_file=metrics_output_file,
                    predictions_output_file=",".join(map(str, names)) or predictions_output_file,
                    batch_size=batch_size,
                    embedding_sources_mapping=embedding_sources_mapping,
                    extend_vocab=extend_vocab,
                    batch_weight_key=batch_weight_key,
                    auto_names=auto_names,
                    **options,
                )
        except OSError as error:
            # Of a write, which does not know the file's name.
            if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
                output = error.filename or predictions_output_file or metrics_output_file
                raise ConfigurationError(f"{output}: {error.strerror}") from error
            raise
        except (
            *(LookupError, AttributeError, RuntimeError, ValueError),
            *(TypeError, AssertionError, ArithmeticError, MemoryError),
        ) as error:
            *_, (frame, _) = traceback.walk_tb(error.__traceback__)
            if batch_size and frame.f_code is MultiProcessDataLoader.__init__.__code__:
                key = "validation_data_loader.batch_sampler.batch_size"
                raise ConfigurationError(
                    f"--batch-size: found {batch_size} for a loader with a batch_sampler, expected "
                    f"""-o '{{"{key}": {batch_size}}}'"""
                ) from error
            if batch_weight_key and frame.f_code is SimpleEvaluator.__call__.__code__:
                raise _of_weight(batch_weight_key, frame.f_locals["output_dict"]) from error
            raise _of_archive(archive_file, error) from error

    return evaluate_from_archive


def _of_archive(archive: str | os.PathLike, error: Exception) -> ConfigurationError:
    """What a loader, a reader or a model of any archive makes of values that are not its own."""
    return ConfigurationError(
        f"{archive}: found parts that cannot be evaluated ({type(error).__name__}: "
        f"{one_line(error)[:300]}), expected a data loader, a reader and a model that go together"
    )


def _data(given: str) -> list[Any]:
    """What is to be evaluated, as AllenNLP reads the argument."""
    try:
        return json.loads(f"[{given}]")
    except json.JSONDecodeError:
        return given.split(",")


def _check_sources(given: str, extend_vocab: bool) -> None:
    """The files from which embeddings of more words come; AllenNLP checks them late or never."""
    try:
        sources = json.loads(given)
    except json.JSONDecodeError:
        sources = None
    if not isinstance(sources, dict) or not all(isinstance(each, str) for each in sources.values()):
        raise ConfigurationError(
            f"{_SOURCES}: found {given[:60]!r}, expected an object as JSON with a file of vectors "
            "for an embedding of the model"
        )
    for path in sources.values():
        if "://" not in path and not os.path.isfile(path):
            raise ConfigurationError(f"{_SOURCES}: found no file '{path}', expected vectors")
    if not extend_vocab:
        raise ConfigurationError(f"{_SOURCES}: found it alone, expected --extend-vocab as well")


def _with_names_checked(extend: Callable[..., None]) -> Callable[..., None]:
    def extend_embedder_vocab(
        model: Model, embedding_sources_mapping: dict[str, str] | None = None
    ) -> None:
        modules = [
            name for name, module in model.named_modules() if hasattr(module, "extend_vocab")
        ]
        for name in embedding_sources_mapping or {}:
            if name not in modules:
                raise ConfigurationError(
                    f"{_SOURCES}: found '{name}', expected an embedding of the model that can be "
                    f"extended, one of {modules}"
                )
        extend(model, embedding_sources_mapping)

    return extend_embedder_vocab


def _of_weight(key: str, output: dict[str, Any]) -> ConfigurationError:
    numbers = [
        name
        for name, value in output.items()
        if isinstance(value, torch.Tensor) and value.numel() == 1
    ]
    return ConfigurationError(
        f"--batch-weight-key: found '{key}', expected an output of the model that is one number "
        f"for a batch, one of {sorted(numbers)}"
    )
