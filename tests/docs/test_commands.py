"""The commands that README and docs show can be given: their options and files exist."""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from allennlp.commands import parse_args

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
PROGRAMS = {"allennlp", "make", "python"}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ASSIGNMENT = re.compile(r"[A-Z_0-9]+=")
FILE = re.compile(r"[\w.-]+(/[\w.-]+)+|[\w-]+(\.\w+)*\.(txt|jsonl|conll|jsonnet|gz|html|md)")
# Names for what the reader has: DIR, ARCHIVE, OWNER/NAME, results/NAME.jsonl.
PLACEHOLDER = re.compile(r"(^|/)[A-Z]+(/|\.|$)")
# Options behind which stands what a command writes.
OUTPUTS = {"-o", "-s", "--output", "--output-file", "--serialization-dir", "-p"}


class Command(NamedTuple):
    """A command of a page, with what commands before it on the page have written."""

    page: str
    words: list[str]
    written: set[str]


def commands() -> Iterator[Command]:
    for page in PAGES:
        written: set[str] = set()
        for language, block in FENCE.findall(page.read_text(encoding="utf-8")):
            if language not in ("", "sh"):
                continue
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                while words and ASSIGNMENT.match(words[0]):
                    words.pop(0)
                if words and words[0] in PROGRAMS:
                    yield Command(page.name, words, set(written))
                written |= outputs(words)


def outputs(words: list[str]) -> set[str]:
    found = {
        word
        for option, word in zip(words, words[1:], strict=False)
        if option in OUTPUTS | {">"} and not word.startswith("{")
    }
    if words[:2] == ["allennlp", "export"]:
        found.add(words[3])
    if words[:2] == ["allennlp", "experiment"]:
        found.add(f"results/{Path(words[2]).stem}.jsonl")
    return found


def is_there(path: str, written: set[str]) -> bool:
    return (
        (ROOT / path).exists()
        or PLACEHOLDER.search(path) is not None
        # What `make data` prepares.
        or path.startswith("data/")
        or any(Path(path).is_relative_to(folder) for folder in written)
    )


ALL = list(commands())


def test_all_pages_with_commands_are_looked_at() -> None:
    assert {"README.md", "tutorial.md", "scale.md"} <= {command.page for command in ALL}


@pytest.mark.parametrize("command", ALL, ids=lambda command: " ".join(command.words[:4]))
def test_command(command: Command, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    program, *arguments = command.words
    if program == "make":
        assert set(arguments[:1]) <= TARGETS
    if program == "allennlp":
        monkeypatch.setattr(sys, "argv", command.words)
        try:
            _, args = parse_args(prog="allennlp")
        except SystemExit:
            pytest.fail("the parser of `allennlp` refuses it")
        assert callable(args.func)
    written = command.written | outputs(command.words)
    # `source=FILE` is a file of the resource `source`.
    files = [word.rpartition("=")[2] for word in arguments]
    assert not [each for each in files if FILE.fullmatch(each) and not is_there(each, written)]
