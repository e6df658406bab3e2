"""
Makes `allennlp evaluate` say what its options lack before anything is read.

AllenNLP builds its argument parser before it imports plugins; its function looks up the one that is
replaced here each time.
"""

import json
import os
from collections.abc import Callable
from typing import Any

from allennlp.commands import evaluate
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.whole_file import check_no_input


def install() -> None:
    """Puts the function below in the place of AllenNLP's."""
    evaluate.evaluate_from_archive = _with_options_checked(evaluate.evaluate_from_archive)


def _with_options_checked(score: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def evaluate_from_archive(
        archive_file: str | os.PathLike,
        input_file: str,
        metrics_output_file: str | None = None,
        predictions_output_file: str | None = None,
        auto_names: str = "NONE",
        **options: Any,
    ) -> dict[str, Any]:
        data = _data(input_file)
        inputs = [archive_file, *(each for each in data if isinstance(each, str))]
        outputs = (
            ("--output-file", metrics_output_file, "METRICS"),
            ("--predictions-output-file", predictions_output_file, "PREDS"),
        )
        for option, given, name in outputs:
            if given is None:
                continue
            if auto_names in (name, "ALL"):
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
                    check_no_input(file, inputs, f"another file for {option}")
        return score(
            archive_file=archive_file,
            input_file=input_file,
            metrics_output_file=metrics_output_file,
            predictions_output_file=predictions_output_file,
            auto_names=auto_names,
            **options,
        )

    return evaluate_from_archive


def _data(given: str) -> list[Any]:
    """What is to be evaluated, as AllenNLP reads the argument."""
    try:
        return json.loads(f"[{given}]")
    except json.JSONDecodeError:
        return given.split(",")
