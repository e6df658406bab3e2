"""`allennlp tag`: tags a file of texts in one format into another."""

import argparse
import gc
import os
import sys
from pathlib import Path
from typing import Any

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import SigTermReceived

from datnet_allennlp.devices import check_device
from datnet_allennlp.tagging import Tagger
from datnet_allennlp.tagging.files import FileOptions, tag_file
from datnet_allennlp.tagging.formats import INPUTS, OUTPUTS, input_format, output_format


@Subcommand.register("tag")
class Tag(Subcommand):
    """
    allennlp tag ARCHIVE INPUT [-o OUTPUT] [--input-format F] [--output-format F] [--column NAME]
    [--threshold P] [--top-k K] [--resource NAME] [--strict] [--resume] [--cuda-device N]

    Registered as a `Subcommand` with name "tag". The options are those of `FileOptions` and of
    `Tagger`.
    """

    def add_subparser(self, parser: Any) -> argparse.ArgumentParser:
        description = (
            "Tag the texts of a file and write the entities with their confidence. The formats "
            "follow from the names of the files."
        )
        subparser: argparse.ArgumentParser = parser.add_parser(
            self.name, description=description, help="Tag a file of texts."
        )
        subparser.add_argument("archive", help="a model.tar.gz, or the folder of a run")
        subparser.add_argument("input", help="a file, a URL, or - for standard input")
        subparser.add_argument(
            "-o", "--output", default="-", help="the file to write, or - for standard output"
        )
        subparser.add_argument("--input-format", choices=sorted(INPUTS))
        subparser.add_argument("--output-format", choices=sorted(OUTPUTS))
        subparser.add_argument(
            "--column",
            help="the column, or key of JSON lines, that holds the text or its tokens; in CoNLL "
            "columns the number of the words', from 0 (default: 0)",
        )
        subparser.add_argument(
            "--threshold", type=float, default=0.0, help="leave out entities less confident"
        )
        subparser.add_argument(
            "--top-k", type=int, default=0, help="give this many of the best taggings of each text"
        )
        subparser.add_argument(
            "--resource", help="as whose text to tag (default: the target of the archive)"
        )
        subparser.add_argument(
            "--strict",
            action="store_true",
            help="stop at the first text that cannot be tagged, in place of reporting it",
        )
        subparser.add_argument(
            "--resume",
            action="store_true",
            help="go on with the output of a process that was killed or found the disk full",
        )
        subparser.add_argument("--cuda-device", type=int, default=-1, help="the GPU to use, if any")
        subparser.set_defaults(func=_tag)
        return subparser


def _tag(args: argparse.Namespace) -> None:
    check_device("--cuda-device", args.cuda_device)
    # Before the archive is loaded, which takes seconds.
    input_format(args.input_format, args.input)
    output_format(args.output_format, args.output)
    try:
        tagger = Tagger.load(
            args.archive, args.cuda_device, args.threshold, args.top_k, resource=args.resource
        )
    except FileNotFoundError:
        raise ConfigurationError(
            f"{args.archive}: found no such file, expected the archive of a model"
        ) from None
    gc.freeze()  # what was loaded is here to stay
    options = FileOptions(
        args.input_format, args.output_format, args.column, args.strict, args.resume
    )
    try:
        tag_file(tagger, args.input, args.output, options)
    except (KeyboardInterrupt, SigTermReceived) as error:
        output = Path(args.output)
        if output.with_name(f".{output.name}.progress").exists():
            print(
                f"\nstopped; the same command with --resume goes on with {output}", file=sys.stderr
            )
        else:
            print("\nstopped", file=sys.stderr)
        sys.exit(143 if isinstance(error, SigTermReceived) else 130)
    except BrokenPipeError:
        # Whoever reads the output wants no more of it, `head` for example.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
