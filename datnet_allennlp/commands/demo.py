"""`allennlp demo`: a page in the browser to try taggers on."""

import argparse
from typing import Any

from allennlp.commands.subcommand import Subcommand

from datnet_allennlp.demo.server import serve


@Subcommand.register("demo")
class Demo(Subcommand):
    """
    allennlp demo ARCHIVE [ARCHIVE ...] [--host ADDRESS] [--port N]

    Registered as a `Subcommand` with name "demo".
    """

    def add_subparser(self, parser: Any) -> argparse.ArgumentParser:
        description = (
            "Serve a page, to this computer alone unless told otherwise, on which texts and files "
            "are tagged and models compared."
        )
        subparser: argparse.ArgumentParser = parser.add_parser(
            self.name, description=description, help="Try taggers in the browser."
        )
        subparser.add_argument(
            "archives", nargs="+", metavar="ARCHIVE", help="a model.tar.gz, or the folder of a run"
        )
        subparser.add_argument(
            "--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)"
        )
        subparser.add_argument(
            "--port", type=_port, default=8000, help="0 takes any that is free (default: 8000)"
        )
        subparser.set_defaults(func=_demo)
        return subparser


def _demo(args: argparse.Namespace) -> None:
    serve(args.archives, args.host, args.port)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"found '{text}', expected 0 to 65535")
    return int(text)
