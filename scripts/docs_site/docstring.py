"""Reads docstrings in the style of this package: prose, `# Parameters`, prose."""

import inspect
import re
from dataclasses import dataclass
from typing import Any

_PARAMETER = re.compile(r"(\w+(?:, \w+)*)(?: : (.+))?")


@dataclass(frozen=True)
class Parameter:
    """What is said of a parameter: its type, perhaps with its default, and its meaning."""

    kind: str
    text: str


@dataclass(frozen=True)
class Docstring:
    """What stands before and after the parameters is Markdown without headings."""

    before: str
    parameters: dict[str, Parameter]
    after: str


def read_docstring(documented: Any) -> Docstring:
    """Of a class or function, not of those that it inherits from."""
    lines = inspect.cleandoc(documented.__doc__ or "").splitlines()
    parameters: dict[str, Parameter] = {}
    before: list[str] = []
    after: list[str] = []
    text = before
    position, inside = 0, False
    while position < len(lines):
        line = lines[position]
        position += 1
        if line.startswith("# "):
            inside = line == "# Parameters"
            text = after
            if not inside:
                text.append(f"**{line.removeprefix('# ')}**")
            continue
        match = _PARAMETER.fullmatch(line) if inside else None
        following = lines[position] if position < len(lines) else ""
        if match and (match[2] or following.startswith(" ")):
            meaning = []
            while position < len(lines) and (lines[position][:1] in ("", " ")):
                meaning.append(lines[position].removeprefix("    "))
                position += 1
            names = match[1].split(", ")
            kind = match[2] or ""
            if len(names) > 1:  # the signature says it of each
                kind = re.sub(r", optional.*", "", kind)
            for name in names:
                parameters[name] = Parameter(kind, "\n".join(meaning).strip())
        else:
            inside = inside and not line
            text.append(line)
    return Docstring("\n".join(before).strip(), parameters, "\n".join(after).strip())
