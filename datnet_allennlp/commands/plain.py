"""
Mistakes in the commands of AllenNLP that it runs without plugins, `print-results` for one;
`push-to-hf`, which calls what huggingface_hub no longer has and here does what `publish` does; and
`--overrides` of `build-vocab` and `count-instances`, which AllenNLP takes and does not apply.

AllenNLP hands these functions to its argument parser, so they have to be replaced before it builds
that: `scripts/quiet_imports.pth` imports the plugin early for these commands.
"""

import argparse
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

from allennlp.commands import build_vocab, count_instances, print_results, push_to_hf
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.commands.model_card import push_with_card
from datnet_allennlp.configuration import check_configuration
from datnet_allennlp.configuration.explain import explained

_Command = Callable[[argparse.Namespace], Any]


def install() -> None:
    """Puts the functions below in the place of AllenNLP's."""
    print_results.print_results_from_args = _with_checks(  # type: ignore[assignment]
        print_results.print_results_from_args
    )
    count_instances.count_instances_from_args = _with_overrides(  # type: ignore[assignment]
        count_instances, count_instances.count_instances_from_args
    )
    push_to_hf.push_to_hf = push_with_card  # type: ignore[assignment]
    build_vocab.build_vocab_from_args = _with_overrides(  # type: ignore[assignment]
        build_vocab, build_vocab.build_vocab_from_args
    )


def _with_checks(print_them: _Command) -> _Command:
    def print_results_from_args(args: argparse.Namespace) -> None:
        if not os.path.isdir(args.path):
            raise ConfigurationError(f"{args.path}: found no such folder, expected that of a run")
        if not any(args.metrics_filename in files for _, _, files in os.walk(args.path)):
            raise ConfigurationError(
                f"{args.path}: found no {args.metrics_filename} in it, expected the folder of a "
                "run that has ended, or of several"
            )
        if not args.keys:
            raise ConfigurationError(
                "--keys: found none, expected names of metrics, for example --keys best_epoch "
                "best_validation_f1-measure-overall"
            )
        print_them(args)

    return print_results_from_args


def _with_overrides(module: ModuleType, command: _Command) -> _Command:
    def run(args: argparse.Namespace) -> None:
        params = Params.from_file(args.param_path, args.overrides)
        check_configuration(params)

        class Checked(Params):
            @classmethod
            def from_file(cls, *_: Any, **__: Any) -> Params:
                return params

        module.Params = Checked  # type: ignore[attr-defined]
        try:
            command(args)
        except Exception as error:
            if explanation := explained(error):
                raise explanation from error
            raise
        finally:
            module.Params = Params  # type: ignore[attr-defined]

    return run
