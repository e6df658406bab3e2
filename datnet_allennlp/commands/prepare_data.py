"""
The `prepare-data` subcommand puts the corpora and the word vectors where the training
configurations look for them, and prints what the corpora hold.
"""

import argparse
import sys
from pathlib import Path

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.corpus import Corpus
from datnet_allennlp.corpora.fetch import RAW_GITHUB
from datnet_allennlp.corpora.prepare import prepare_corpus
from datnet_allennlp.corpora.registry import CORPORA
from datnet_allennlp.corpora.statistics import table
from datnet_allennlp.corpora.vectors import missing_vectors, take_vectors


@Subcommand.register("prepare-data")
class PrepareData(Subcommand):
    """
    Makes `<output-dir>/<corpus>/{train,dev,test}.conll` and `<output-dir>/embeddings/*.txt.gz`.
    A corpus that fails leaves its old files in place and does not keep the others from being
    prepared; the exit status is 1 then.

    # Parameters

    corpora : `Dict[str, Corpus]`, optional (default = `CORPORA`)
        The known corpora by their names.
    base_url : `str`, optional (default = `RAW_GITHUB`)
        The server to download from.
    """

    requires_plugins = False

    def __init__(self, corpora: dict[str, Corpus] = CORPORA, base_url: str = RAW_GITHUB) -> None:
        self._corpora = corpora
        self._base_url = base_url

    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        description = "Put the corpora and word vectors where the training configurations look."
        subparser = parser.add_parser(self.name, description=description, help=description)
        subparser.add_argument(
            "--from",
            dest="source",
            type=Path,
            metavar="DIR",
            help="take prepared files from DIR/data/<corpus>/*.conll and DIR/embeddings/*.txt.gz; "
            "without it, corpora are downloaded from their public homes",
        )
        subparser.add_argument(
            "--corpora",
            nargs="+",
            choices=list(self._corpora),
            default=list(self._corpora),
            help="the corpora to prepare",
        )
        subparser.add_argument(
            "--output-dir", type=Path, default=Path("data"), metavar="DIR", help="where to put them"
        )
        subparser.add_argument(
            "--conll2003",
            type=Path,
            metavar="DIR",
            help="your own CoNLL-2003 originals (eng.train, eng.testa, eng.testb), which cannot be "
            "downloaded freely",
        )
        subparser.add_argument(
            "--copy", action="store_true", help="copy the files of --from instead of linking"
        )
        subparser.set_defaults(func=self._run)
        return subparser

    def _run(self, args: argparse.Namespace) -> None:
        if args.copy and args.source is None:
            sys.exit("error: --copy has nothing to copy without --from DIR")
        for option, folder in (("--from", args.source), ("--conll2003", args.conll2003)):
            if folder is not None and not folder.is_dir():
                sys.exit(f"error: {option} {folder}: no such folder")
        prepared, errors = [], []
        for corpus in (self._corpora[name] for name in dict.fromkeys(args.corpora)):
            try:
                done = prepare_corpus(
                    corpus,
                    args.output_dir / corpus.name,
                    source=args.source and args.source / "data" / corpus.name,
                    originals=args.conll2003 if corpus.name == "conll2003" else None,
                    copy=args.copy,
                    base_url=self._base_url,
                )
                print(f"{corpus.name}: {done}")
                prepared.append(corpus)
            except (ConfigurationError, OSError) as error:
                errors.append(f"error: {error}")
        embeddings = args.output_dir / "embeddings"
        try:
            if args.source is not None:
                names = take_vectors(args.source / "embeddings", embeddings, args.copy)
                print(f"embeddings: {', '.join(names)}")
        except (ConfigurationError, OSError) as error:
            errors.append(f"error: {error}")
        if notice := missing_vectors(embeddings):
            print(f"embeddings: {notice}")
        if prepared:
            print(f"\n{table(prepared, args.output_dir)}")
        if errors:
            sys.exit("\n" + "\n".join(errors))
