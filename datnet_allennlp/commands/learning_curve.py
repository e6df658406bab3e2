"""
The `learning-curve` subcommand says what more tagged sentences would bring, on one's own corpora.
"""

import argparse
import json
import shlex
import sys
from pathlib import Path

from allennlp.commands.subcommand import Subcommand

from datnet_allennlp.commands.experiment import run_cells
from datnet_allennlp.corpora.inspect_corpus import inspect_corpus
from datnet_allennlp.corpora.one_language import guess_of_one_language
from datnet_allennlp.experiments.engines.local import LocalEngine
from datnet_allennlp.experiments.learning_curve import Corpus, learning_curve
from datnet_allennlp.experiments.results import Results
from datnet_allennlp.experiments.spec import make_spec
from datnet_allennlp.extras import require


@Subcommand.register("learning-curve")
class LearningCurve(Subcommand):
    """
    Trains base and DATNet-F on samples of the target's sentences and writes `report.md` with table
    and figure. What is done stays done: the same command goes on where it was stopped.
    """

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = "Train on more and more sentences of a corpus, to see what more would bring."
        subparser = parser.add_parser(self.name, description=description, help=description)
        for resource in ("source", "target"):
            subparser.add_argument(
                f"--{resource}",
                required=True,
                type=Path,
                metavar="DIR",
                help="a folder with train, dev and test files, as `allennlp new-config` takes it"
                + ("; dev or test may be missing" if resource == "target" else ""),
            )
        subparser.add_argument(
            "--vectors",
            type=Path,
            metavar="FILE",
            help="the target's word vectors (default: embeddings are trained)",
        )
        subparser.add_argument(
            "--source-vectors",
            type=Path,
            metavar="FILE",
            help="the source's word vectors, of another language (default: the target's); both "
            "are then brought into one space",
        )
        subparser.add_argument(
            "--sizes",
            type=_numbers,
            metavar="N,N,...",
            help="numbers of target sentences (default: those of 10,50,100,200 that there are)",
        )
        subparser.add_argument(
            "--samples",
            type=_positive,
            default=3,
            metavar="N",
            help="samples of each size, each with a seed of its own (default: 3)",
        )
        subparser.add_argument(
            "--workers",
            type=_positive,
            default=1,
            metavar="N",
            help="how many trainings to run at a time, on one thread each (default: 1)",
        )
        subparser.add_argument(
            "--overrides",
            type=json.loads,
            default={},
            metavar="JSON",
            help="of all configurations, as in `allennlp train`",
        )
        subparser.add_argument(
            "-o", "--output", required=True, type=Path, metavar="DIR", help="where to write"
        )
        subparser.set_defaults(func=_run)
        return subparser


def _run(args: argparse.Namespace) -> None:
    require("matplotlib", "report", "allennlp learning-curve")
    vectors = {"source": args.source_vectors or args.vectors, "target": args.vectors}
    corpora, owns = {}, {}
    for name in ("source", "target"):
        place = getattr(args, name)
        own = owns[name] = inspect_corpus(name, place, args.output / "data", needs_dev=False)
        print(f"{name}: {place}\n{own.summary()}")
        corpora[name] = Corpus(
            own.paths, vectors[name], own.entity_types, own.reader_keys, own.num_sentences
        )
    guess = ""
    if not any(vectors.values()):
        guess = guess_of_one_language(owns["source"], owns["target"])
    if guess:
        print(f"  guessed  {guess}")
    content = learning_curve(
        corpora["source"], corpora["target"], args.sizes, args.samples, shared_words=bool(guess)
    )
    for cell in content["cells"]:
        cell["overrides"] = args.overrides
    spec = make_spec(content, Path("learning-curve"))
    results = Results(args.output / "results.jsonl")
    done = run_cells(spec.name, spec.cells, args.output, results, LocalEngine(args.workers))
    if results.lines():
        from datnet_allennlp.experiments.report.page import write_report

        command = shlex.join(["allennlp", *sys.argv[1:]])
        print(write_report([results.path], args.output, {spec.name: content}, command=command))
    if not done:
        sys.exit(1)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"found {text}, expected at least 1")
    return number


def _numbers(text: str) -> list[int]:
    return sorted({_positive(number) for number in text.split(",")})
