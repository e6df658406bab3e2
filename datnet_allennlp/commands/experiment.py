"""The `experiment` subcommand runs a grid of trainings and collects their results."""

import argparse
import sys
from pathlib import Path

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import SigTermReceived

from datnet_allennlp.experiments.cell import Cell
from datnet_allennlp.experiments.engines.engine import Engine
from datnet_allennlp.experiments.engines.local import LocalEngine
from datnet_allennlp.experiments.engines.ray_cluster import RayEngine
from datnet_allennlp.experiments.results import Results
from datnet_allennlp.experiments.run_cell import commit
from datnet_allennlp.experiments.runner import Runner, select
from datnet_allennlp.experiments.spec import load_spec


@Subcommand.register("experiment")
class Experiment(Subcommand):
    """
    Runs the cells of a specification (see `load_spec`) that are not done, in
    `<serialization-dir>/cells/<identity>`, and adds a line for each to a results file. The exit
    status is 1 if cells failed and 130 after Ctrl-C.
    """

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = "Run a grid of trainings and evaluations; those that are done stay done."
        subparser = parser.add_parser(self.name, description=description, help=description)
        subparser.add_argument("spec", type=Path, metavar="SPEC", help="the grid, in Jsonnet")
        subparser.add_argument(
            "-s",
            "--serialization-dir",
            type=Path,
            required=True,
            metavar="DIR",
            help="where each cell gets a folder for its log, metrics and predictions",
        )
        subparser.add_argument(
            "--workers",
            type=int,
            metavar="N",
            help="how many cells to run at a time, on one thread each (default: 1; with ray, the "
            "number of the cluster's CPUs)",
        )
        subparser.add_argument(
            "--only",
            metavar="PATTERN",
            help="run only the cells that match all parts of a pattern such as "
            "'model=DATNet-*,size=10'",
        )
        subparser.add_argument(
            "--dry-run", action="store_true", help="list what is done and what is to run"
        )
        subparser.add_argument(
            "--engine",
            choices=("local", "ray"),
            default="local",
            help="processes of this machine, or a Ray cluster (RAY_ADDRESS, or else a local one)",
        )
        subparser.add_argument(
            "--results",
            type=Path,
            metavar="FILE",
            help="where to add a line for each finished cell; lines of other files in the same "
            "folder count as done too (default: results/<name of the grid>.jsonl)",
        )
        subparser.set_defaults(func=_run)
        return subparser


def _run(args: argparse.Namespace) -> None:
    if args.workers is not None and args.workers < 1:
        raise ConfigurationError(f"--workers: found {args.workers}, expected at least 1")
    spec = load_spec(args.spec)
    cells = select(spec, args.only)
    if not cells:
        raise ConfigurationError(
            f"--only: found no cell like {args.only!r}, expected some as {spec.cells[0].label!r}"
        )
    results = Results(args.results or Path("results") / f"{spec.name}.jsonl")
    if args.dry_run:
        done = [results.find(cell) is not None for cell in cells]
        for cell, is_done in zip(cells, done, strict=True):
            print(f"{'done' if is_done else 'to run':6}  {cell.short_identity}  {cell.label}")
        print(f"{spec.name}: {len(cells)} cells, {sum(done)} done, {done.count(False)} to run")
        return

    if not run_cells(spec.name, cells, args.serialization_dir, results, _engine(args)):
        sys.exit(1)


def run_cells(name: str, cells: list[Cell], folder: Path, results: Results, engine: Engine) -> bool:
    """
    Runs the cells that are to do and says what failed. Ctrl-C ends the process.

    # Parameters

    name : `str`
        The specification's.
    cells : `List[Cell]`
    folder : `Path`
        Where the cells get their folders.
    results : `Results`
    engine : `Engine`

    # Returns

    `bool`
        Whether all cells are done.
    """
    if notice := results.repair():
        print(notice)
    commit()
    try:
        failures = Runner(folder, results, engine).run(name, cells)
    except KeyboardInterrupt:
        print("\nstopped; finished cells are kept, the next call goes on", file=sys.stderr)
        sys.exit(130)
    except SigTermReceived:
        sys.exit(143)
    except OSError as error:  # the disk is full, for example
        sys.exit(f"error: {error}; finished cells are kept, the next call goes on")
    print(f"results: {results.path}")
    if failures:
        print(f"\n{len(failures)} of {len(cells)} cells failed:", file=sys.stderr)
        for cell, reason in failures.items():
            print(f"  {cell.label}: {reason}", file=sys.stderr)
            print(f"    {folder / 'cells' / cell.short_identity / 'log.txt'}", file=sys.stderr)
    return not failures


def _engine(args: argparse.Namespace) -> Engine:
    if args.engine == "local":
        return LocalEngine(args.workers or 1)
    return RayEngine(args.workers, args.include_package)
