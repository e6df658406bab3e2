"""What a specification plans and wants to be shown, without the data that its cells name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError


def read_plans(paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """
    Reads specifications for a report. Unlike the runner it needs neither corpora nor vectors.

    # Returns

    `dict[str, dict[str, Any]]`
        By the names of the specifications: `factors`, `cells` and what else they hold.

    Raises `ConfigurationError` for a file that is no specification.
    """
    plans = {}
    for path in paths:
        if not path.is_file():
            raise ConfigurationError(f"--spec: found no file '{path}', expected a specification")
        try:
            plan = Params.from_file(str(path)).as_dict(quiet=True)
            if not plan.keys() >= {"factors", "cells"}:
                raise ValueError(f"found {', '.join(plan)}, expected factors and cells")
            if any(cell["factors"].keys() != plan["factors"].keys() for cell in plan["cells"]):
                raise ValueError("found a cell with other factors, expected those of the grid")
        except (RuntimeError, ValueError, AttributeError, TypeError, KeyError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ConfigurationError(f"{path}: no specification of experiments: {reason}") from None
        plans[plan.get("name", path.stem)] = plan
    return plans
