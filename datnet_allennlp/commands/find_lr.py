"""
Makes `allennlp find-lr` work with the project's configurations: the search writes no checkpoints,
so the trainer `recoverable` gives its place to AllenNLP's, the only one that the search knows.

AllenNLP builds its argument parser before it imports plugins; its function looks up the one that is
replaced here each time.
"""

import os
from collections.abc import Callable
from typing import Any

from allennlp.commands import find_learning_rate
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration import check_configuration
from datnet_allennlp.configuration.explain import explained
from datnet_allennlp.extras import require

_FEWEST_BATCHES = 11  # AllenNLP refuses fewer, when all has been read


def install() -> None:
    """Puts the function below in the place of AllenNLP's."""
    find_learning_rate.find_learning_rate_model = _of_any_trainer(
        find_learning_rate.find_learning_rate_model
    )


def _of_any_trainer(search: Callable[..., Any]) -> Callable[..., None]:
    def find_learning_rate_model(
        params: Params,
        serialization_dir: str | os.PathLike,
        start_lr: float = 1e-5,
        end_lr: float = 10,
        num_batches: int = 100,
        **options: Any,
    ) -> None:
        require("matplotlib", "report", "allennlp find-lr")
        if params.get("distributed"):
            raise ConfigurationError("distributed: found processes, expected none for find-lr")
        check_configuration(params)
        if num_batches < _FEWEST_BATCHES:
            raise ConfigurationError(
                f"--num-batches: found {num_batches}, expected at least {_FEWEST_BATCHES}"
            )
        if not 0 < start_lr < end_lr:
            raise ConfigurationError(
                f"--start-lr, --end-lr: found {start_lr} and {end_lr}, expected a positive number "
                "and a greater one"
            )
        trainer = params.params["trainer"]
        if trainer.get("type") == "recoverable":
            trainer["type"] = "gradient_descent"
        try:
            search(params, serialization_dir, start_lr, end_lr, num_batches, **options)
        except Exception as error:
            if explanation := explained(error):
                raise explanation from error
            raise
        print(f"Wrote {os.path.join(serialization_dir, 'lr-losses.png')}")

    return find_learning_rate_model
