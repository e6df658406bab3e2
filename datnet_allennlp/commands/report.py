"""
The `report` subcommand makes tables, figures and a page that embeds them from the results of
`allennlp experiment`.
"""

import argparse
import shlex
import sys
from pathlib import Path

from allennlp.commands.subcommand import Subcommand

from datnet_allennlp.extras import require


@Subcommand.register("report")
class Report(Subcommand):
    """Writes `report.md`, for each table `.csv` and `.tex`, for each figure `.png` and `.svg`."""

    requires_plugins = False

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = "Make tables and figures from the results of `allennlp experiment`."
        subparser = parser.add_parser(self.name, description=description, help=description)
        subparser.add_argument(
            "results",
            nargs="+",
            type=Path,
            metavar="RESULTS",
            help="a file of results, or a folder with such files (*.jsonl)",
        )
        subparser.add_argument(
            "-o", "--output", required=True, type=Path, metavar="DIR", help="where to write them"
        )
        subparser.add_argument(
            "--spec",
            nargs="+",
            type=Path,
            default=[],
            metavar="SPEC",
            help="the specifications, which say the planned cells, the order of the levels, the "
            "baseline and, under `report`, what to show",
        )
        subparser.add_argument(
            "--method-version",
            type=int,
            metavar="N",
            help="take the results of this version of the method (default: the highest); those of "
            "other versions are never mixed with them",
        )
        subparser.set_defaults(func=self._run)
        return subparser

    def _run(self, args: argparse.Namespace) -> None:
        require("matplotlib", "report", f"allennlp {self.name}")
        # Not above, for matplotlib is an extra.
        from datnet_allennlp.experiments.report.page import write_report
        from datnet_allennlp.experiments.report.plan import read_plans

        page = write_report(
            args.results,
            args.output,
            read_plans(args.spec),
            method_version=args.method_version,
            command=shlex.join(["allennlp", *sys.argv[1:]]),
        )
        print(f"{page}")
