"""
Makes `allennlp predict` tag by way of `tag_file` where the predictor is a `tweet_tagger`. For any
other predictor it stays as it is.

AllenNLP builds its argument parser before it imports plugins, so another `predict` subcommand would
never be called, and options that it lacks are refused: those of `FileOptions` come by
`--predictor-args`, and `allennlp tag` has them by name. The function that the parser is given looks
up `_PredictManager` each time, and that is what is replaced here.
"""

import argparse
import gc
import json
from typing import Any

from allennlp.commands import predict
from allennlp.common.checks import ConfigurationError
from allennlp.predictors import Predictor

from datnet_allennlp.devices import check_device
from datnet_allennlp.predictors.tweet_tagger import TweetTaggerPredictor
from datnet_allennlp.tagging.files import tag_file

_PLAIN = predict._get_predictor


class TagFileManager(predict._PredictManager):
    """
    AllenNLP's manager with the same output on the console. The output file is written in any of the
    tagger's formats and has its name once it is whole. `--batch-size` does not matter.
    """

    def __init__(
        self,
        predictor: Any,
        input_file: str,
        output_file: str | None,
        *rest: Any,
        **options: Any,
    ) -> None:
        # AllenNLP would open the file at once.
        self._target = output_file if isinstance(predictor, TweetTaggerPredictor) else None
        opened = None if self._target else output_file
        super().__init__(predictor, input_file, opened, *rest, **options)

    def run(self) -> None:
        if not isinstance(self._predictor, TweetTaggerPredictor):
            super().run()
            return
        # What was imported and loaded is here to stay; without this it is searched for garbage
        # again and again.
        gc.freeze()
        tag_file(
            self._predictor.tagger,
            self._input_file,
            self._target,
            self._predictor.file_options,
            None if self._dataset_reader is None else self._get_instance_data(),
            self._show if self._print_to_console else None,
        )

    def _show(self, index: int, shown: str, rendered: Any) -> None:
        self._maybe_print_to_console_and_file(index, rendered, shown)


def _get_predictor(args: argparse.Namespace) -> Predictor:
    """AllenNLP's function, with a sentence for a GPU and for options that cannot be."""
    check_device("--cuda-device", args.cuda_device)
    given = args.predictor_args.strip()
    try:
        is_object = not given or isinstance(json.loads(given), dict)
    except json.JSONDecodeError:
        is_object = False
    if not is_object:
        raise ConfigurationError(
            f"predictor-args: found {given!r}, expected a JSON object such as "
            "'{\"threshold\": 0.5}'"
        )
    return _PLAIN(args)


def install() -> None:
    """Puts the manager, and what makes the predictor, in the place of AllenNLP's."""
    predict._get_predictor = _get_predictor
    predict._PredictManager = TagFileManager  # type: ignore[misc]
