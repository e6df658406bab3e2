"""`allennlp export`: a folder that tags without AllenNLP and torch."""

import argparse
from pathlib import Path
from typing import Any

from allennlp.commands.subcommand import Subcommand

from datnet_allennlp.export.folder import export
from datnet_allennlp.export.words import VECTOR_TYPES
from datnet_allennlp.tagging import Tagger


@Subcommand.register("export")
class Export(Subcommand):
    """
    allennlp export ARCHIVE DIR [--vectors float32|float16|int8] [--resource NAME ...]

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
        subparser.set_defaults(func=_export)
        return subparser


def _export(args: argparse.Namespace) -> None:
    export(Tagger.load(args.archive), args.folder, args.vectors, args.resource)
    size = sum(path.stat().st_size for path in Path(args.folder).rglob("*") if path.is_file())
    print(f"{args.folder}: {size / 2**20:.1f} MiB; python {args.folder}/tag.py tweets.txt")
