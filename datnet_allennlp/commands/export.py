"""`allennlp export`: a folder that tags without AllenNLP and torch."""

import argparse
from pathlib import Path
from shlex import quote
from typing import Any

from allennlp.commands.subcommand import Subcommand

from datnet_allennlp.evaluation.gold_sentence import read_gold
from datnet_allennlp.export.comparison import compare
from datnet_allennlp.export.folder import export
from datnet_allennlp.export.words import VECTOR_TYPES
from datnet_allennlp.tagging import Tagger


@Subcommand.register("export")
class Export(Subcommand):
    """
    allennlp export ARCHIVE DIR [--vectors float32|float16|int8] [--resource NAME ...]
    [--data FILE]

    Registered as a `Subcommand` with name "export".
    """

    def add_subparser(self, parser: Any) -> argparse.ArgumentParser:
        description = (
            "Write a folder that tags without AllenNLP and torch: python DIR/tag.py tweets.txt"
        )
        subparser: argparse.ArgumentParser = parser.add_parser(
            self.name, description=description, help="Export a tagger to ONNX."
        )
        subparser.add_argument("archive", help="a model.tar.gz, or the folder of a run")
        subparser.add_argument("folder", metavar="DIR", help="the folder to write")
        subparser.add_argument(
            "--vectors",
            choices=VECTOR_TYPES,
            default=VECTOR_TYPES[0],
            help="how the word vectors are kept",
        )
        subparser.add_argument(
            "--resource",
            action="append",
            help="export this resource alone; may be repeated (default: all)",
        )
        subparser.add_argument(
            "--data",
            metavar="FILE",
            help="a tagged corpus, test.conll say: print the entity F1 of the archive and of the "
            "export on it",
        )
        subparser.set_defaults(func=_export)
        return subparser


def _export(args: argparse.Namespace) -> None:
    tagger = Tagger.load(args.archive)
    resource = args.resource[0] if args.resource else getattr(tagger.model, "target", "")
    # Read first: after a mistake in its name, there is no folder to be removed.
    gold = read_gold(tagger.dataset_reader, args.data, resource) if args.data else []
    export(tagger, args.folder, args.vectors, args.resource)
    size = sum(path.stat().st_size for path in Path(args.folder).rglob("*") if path.is_file())
    program = quote(f"{args.folder}/tag.py")
    print(f"{args.folder}: {size / 2**20:.1f} MiB; python {program} tweets.txt")
    if gold:
        found = compare(tagger, args.folder, gold, resource)
        print(
            f"{args.data}: F1 {100 * found.archive_f1:.2f} of the archive, "
            f"{100 * found.export_f1:.2f} of the export with {args.vectors} vectors; "
            f"{found.num_different} of {found.num_sentences} sentences are tagged differently "
            f"({found.num_entities} gold entities)"
        )
