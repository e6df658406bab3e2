"""
`allennlp model-card` writes a card of a model, `allennlp publish` puts both onto a hub. AllenNLP's
own `push-to-hf`, whose parser no plugin can change, does the same with its own options.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.archive import load
from datnet_allennlp.archive.limits import Limits, trusted
from datnet_allennlp.data.whole_file import check_no_input, whole_file
from datnet_allennlp.export.hub import push
from datnet_allennlp.export.model_card import metrics_beside, model_card


@Subcommand.register("model-card")
class ModelCard(Subcommand):
    """
    allennlp model-card ARCHIVE -o README.md [--data FILE ...] [--language CODE ...] [--license ID]

    Registered as a `Subcommand` with name "model-card".
    """

    def add_subparser(self, parser: Any) -> argparse.ArgumentParser:
        description = (
            "Write a model card: data with their terms, scores with intervals, limits, how to cite."
        )
        subparser: argparse.ArgumentParser = parser.add_parser(
            self.name, description=description, help="Write a model card."
        )
        _add_archive(subparser)
        subparser.add_argument("-o", "--output", required=True, help="the file to write")
        subparser.set_defaults(func=_write)
        return subparser


@Subcommand.register("publish")
class Publish(Subcommand):
    """
    allennlp publish ARCHIVE OWNER/NAME [--card FILE] [--data FILE ...] [--language CODE ...]
    [--license ID] [--public]

    Registered as a `Subcommand` with name "publish".
    """

    def add_subparser(self, parser: Any) -> argparse.ArgumentParser:
        description = (
            "Put a model and its card onto the hub. The repository is private unless you say "
            "otherwise: look at the terms of the corpora in the card first."
        )
        subparser: argparse.ArgumentParser = parser.add_parser(
            self.name, description=description, help="Put a model onto the Hugging Face hub."
        )
        _add_archive(subparser)
        subparser.add_argument("repository", metavar="OWNER/NAME")
        subparser.add_argument(
            "--card", help="your own card (default: that of model-card, for an archive)"
        )
        subparser.add_argument("--public", action="store_true", help="make a public repository")
        subparser.set_defaults(func=_push)
        return subparser


def _add_archive(subparser: argparse.ArgumentParser) -> None:
    subparser.add_argument("archive", help="a model.tar.gz, or the folder of a run")
    subparser.add_argument(
        "--data",
        nargs="+",
        default=[],
        metavar="FILE",
        help="score the model on these tagged sentences, with intervals",
    )
    subparser.add_argument(
        "--language",
        nargs="+",
        default=[],
        metavar="CODE",
        help="of the text, such as en (default: that of the target's corpus, if it is known)",
    )
    subparser.add_argument(
        "--license", metavar="ID", help="of the model, as the hub names it, such as cc-by-4.0"
    )


def push_with_card(
    repo_name: str,
    serialization_dir: str | None = None,
    archive_path: str | None = None,
    organization: str | None = None,
    commit_message: str = "",
    **_: Any,
) -> str:
    """
    AllenNLP's `push_to_hf`, but of the archive and the model's card alone, into a private
    repository and without a clone of it in a folder (`local_repo_path`).

    # Returns

    `str`
        The address of the repository.
    """
    archive = serialization_dir or archive_path or ""
    repository = f"{organization}/{repo_name}" if organization else repo_name
    address = push(archive, _card(archive), repository, message=commit_message)
    print(address)
    return address


def _card(
    archive: str,
    data: Sequence[str] = (),
    languages: Sequence[str] = (),
    license_id: str | None = None,
) -> str:
    loaded = load(archive, trust=trusted(), limits=Limits.from_environment())
    return model_card(loaded, metrics_beside(archive), data, languages, license_id)


def _write(args: argparse.Namespace) -> None:
    target = Path(args.output)
    if not target.absolute().parent.is_dir() or target.is_dir():
        raise ConfigurationError(f"{target}: found no folder for it, expected a file to write")
    check_no_input(target, (args.archive, *args.data), "another file to write")
    card = _card(args.archive, args.data, args.language, args.license)
    with whole_file(target) as file:
        file.write(card.encode())


def _push(args: argparse.Namespace) -> None:
    if args.card:
        try:
            card = Path(args.card).read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"{args.card}: found {error.strerror}, expected a card"
            ) from None
        except UnicodeDecodeError:
            raise ConfigurationError(
                f"{args.card}: found bytes that are not UTF-8, expected a card in Markdown"
            ) from None
    else:
        card = _card(args.archive, args.data, args.language, args.license)
    print(push(args.archive, card, args.repository, args.public))
