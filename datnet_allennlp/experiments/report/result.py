"""What a report takes from a line of results."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.evaluation.counts import decode
from datnet_allennlp.experiments.results import Results, results_files

_NEEDED = {"cell": str, "spec": str, "factors": dict, "method_version": int, "scores": dict}


@dataclass(frozen=True)
class Result:
    """
    # Parameters

    place : `str`
        File and line.
    line : `dict[str, Any]`
        All that the runner wrote.
    """

    place: str
    line: dict[str, Any]

    @property
    def spec(self) -> str:
        return self.line["spec"]

    @property
    def factors(self) -> dict[str, Any]:
        return self.line["factors"]

    @property
    def method_version(self) -> int:
        return self.line["method_version"]

    def value(self, metric: str) -> float | None:
        """
        # Parameters

        metric : `str`
            Either one of the scores, `<set>.<kind>.<score>` as in `test.conlleval.f1`, or another
            figure of the line, as in `best_dev_f1`.

        # Returns

        `float`, or `None` if it was not recorded. F1, precision and recall are fractions.
        """
        found: Any = {**self.line, **self.line["scores"]}
        for key in metric.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, int | float) else None

    def f1_metrics(self) -> set[str]:
        """Those that `value` knows of this line and that are an F1."""
        scores = (
            f"{name}.{kind}.f1"
            for name, kinds in self.line["scores"].items()
            if isinstance(kinds, dict)
            for kind in kinds
        )
        return {each for each in ("best_dev_f1", *scores) if self.value(each) is not None}

    def counts(self, metric: str) -> numpy.ndarray | None:
        """
        The numbers of correct, predicted and gold entities of each sentence that a metric counts.

        # Returns

        `numpy.ndarray` of shape `(num_sentences, 3)`, or `None` if the metric is no conlleval F1 or
        the counts of its set were not recorded
        """
        name, _, kind = metric.partition(".")
        encoded = self.line.get("counts", {}).get(name)
        if encoded is None or kind != "conlleval.f1":
            return None
        try:
            return decode(encoded)
        except ConfigurationError as error:
            raise ConfigurationError(f"{self.place}: {error.message}") from None


def read_results(paths: Sequence[Path]) -> list[Result]:
    """
    Reads results files, and those in folders. A last line that is not
    finished, since a runner is writing it, is left out.

    Raises `ConfigurationError` for a path that does not exist or holds no results, and, with file
    and line, for a line that is none.
    """
    results = []
    for path in paths:
        files = results_files(path) if path.is_dir() else [path]
        found = [
            _check(Result(f"{file}, line {number}", line))
            for file in files
            for number, line in enumerate(Results(file).lines(), start=1)
        ]
        if not found:
            raise ConfigurationError(
                f"{path}: found no results, expected lines that `allennlp experiment` wrote"
            )
        results.extend(found)
    return results


def _check(result: Result) -> Result:
    for key, kind in _NEEDED.items():
        if not isinstance(result.line.get(key), kind):
            raise ConfigurationError(
                f"{result.place}: found no '{key}', expected a line of `allennlp experiment`"
            )
    return result
