"""The `new-config` subcommand makes a configuration out of two corpora."""

import argparse
from pathlib import Path
from shlex import quote

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.transformers import check_transformer
from datnet_allennlp.corpora.inspect_corpus import inspect_corpus
from datnet_allennlp.corpora.new_config import write_config
from datnet_allennlp.corpora.one_language import guess_of_one_language


@Subcommand.register("new-config")
class NewConfig(Subcommand):
    """
    Looks at the files of a source and a target, says what it found and what it guessed, and writes
    a thin configuration for `allennlp train`. Files that the reader cannot read as they are come
    beside it as columns.
    """

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = "Look at two corpora and write a configuration that trains on them."
        subparser = parser.add_parser(self.name, description=description, help=description)
        for resource, what in (("source", "many"), ("target", "few")):
            subparser.add_argument(
                f"--{resource}",
                required=True,
                type=Path,
                metavar="DIR|FILE",
                help=f"the corpus with {what} sentences: a file, or a folder with train, dev and "
                "test files; columns, or JSON with spans",
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
            "--transformer",
            metavar="NAME",
            help="a pretrained transformer, its folder or its name on a hub",
        )
        subparser.add_argument(
            "-o", "--output", required=True, type=Path, metavar="FILE", help="the .jsonnet to write"
        )
        subparser.add_argument(
            "-f", "--force", action="store_true", help="overwrite the output if it is there"
        )
        subparser.set_defaults(func=_run)
        return subparser


def _run(args: argparse.Namespace) -> None:
    output: Path = args.output
    if output.exists() and not args.force:
        raise ConfigurationError(f"{output}: found a file, expected a new name, or --force")
    if not output.parent.is_dir():
        raise ConfigurationError(f"{output.parent}: found no such folder, expected one")
    vectors = {"target": args.vectors, "source": args.source_vectors or args.vectors}
    for path in vectors.values():
        if path is not None and not path.is_file():
            raise ConfigurationError(f"{path}: found no such file, expected word vectors")
    if args.transformer is not None:
        check_transformer("--transformer", args.transformer)
    corpora = {}
    for name in ("source", "target"):
        written = output.parent / f"{output.stem}_data"
        place = getattr(args, name)
        corpus = corpora[name] = inspect_corpus(name, place, written, needs_dev=name == "target")
        print(f"{name}: {place}")
        print(corpus.summary())
    guess = ""
    if args.transformer is None and not any(vectors.values()):
        guess = guess_of_one_language(corpora["source"], corpora["target"])
    if guess:
        print(f"  guessed  {guess}")
    write_config(output, corpora, vectors, args.transformer, shared_words=bool(guess))
    run = Path("runs", output.stem)
    print(f"Wrote {output}. Next: allennlp train {quote(str(output))} -s {quote(str(run))}")
