"""`allennlp report-tagger`: a page to look at trained models."""

import argparse
from pathlib import Path
from typing import Any

from allennlp.commands.subcommand import Subcommand

from datnet_allennlp.data.whole_file import check_no_input
from datnet_allennlp.evaluation.page.inspection import DataSet, Options, inspect_models
from datnet_allennlp.evaluation.page.rendering import check_target, write_page
from datnet_allennlp.extras import require


@Subcommand.register("report-tagger")
class ReportTagger(Subcommand):
    """
    allennlp report-tagger ARCHIVE [ARCHIVE ...] --data [RESOURCE=]CORPUS [...] -o PAGE.html
    [--train [RESOURCE=]CORPUS [...]] [--base ARCHIVE] [--robustness] [--seed N]

    Registered as a `Subcommand` with name "report-tagger". Writes the page, and beside it the same
    figures as JSON.
    """

    def add_subparser(self, parser: Any) -> argparse.ArgumentParser:
        description = (
            "Make a page of the scores, errors and calibration of trained taggers, side by side. "
            "It holds the sentences of the corpora."
        )
        subparser: argparse.ArgumentParser = parser.add_parser(
            self.name, description=description, help="Make a page on trained taggers."
        )
        subparser.add_argument(
            "archives", nargs="+", metavar="ARCHIVE", help="a model.tar.gz, or the folder of a run"
        )
        subparser.add_argument(
            "--data",
            nargs="+",
            required=True,
            type=_data_set,
            metavar="CORPUS",
            help="tagged corpora as the archives' readers read them, test.conll say; source=FILE "
            "is tagged as text of the resource 'source', others as text of the target",
        )
        subparser.add_argument(
            "--train",
            nargs="+",
            default=[],
            type=_data_set,
            metavar="CORPUS",
            help="the training files, to score entities that they hold apart from others",
        )
        subparser.add_argument(
            "--base", metavar="ARCHIVE", help="a base model, to tell what transfer gave and took"
        )
        subparser.add_argument(
            "--robustness",
            action="store_true",
            help="also score the first corpus without casing, with typos, hashtags, elongations "
            "and other entities",
        )
        subparser.add_argument(
            "--seed", type=int, default=0, help="of what is drawn at random (default: 0)"
        )
        subparser.add_argument(
            "-o", "--output", required=True, type=Path, metavar="PAGE", help="the page, a .html"
        )
        subparser.set_defaults(func=_report)
        return subparser


def _report(args: argparse.Namespace) -> None:
    require("matplotlib", "report", "allennlp report-tagger")
    check_target(args.output)
    inputs = [*args.archives, *(data.path for data in args.data)]
    for path in (args.output, args.output.with_suffix(".json")):
        check_no_input(path, inputs, "another name of the page, which .json is written beside")
    options = Options(args.train, args.base, args.robustness, args.seed)
    beside = write_page(inspect_models(args.archives, args.data, options), args.output)
    print(f"{args.output}\n{beside}")


def _data_set(text: str) -> DataSet:
    resource, equals, path = text.partition("=")
    if equals and resource.isidentifier() and not Path(text).exists():
        return DataSet(path, resource)
    return DataSet(text)
