"""Reads docstrings in the style of this package: prose, `# Parameters`, prose."""

import inspect
import re
from dataclasses import dataclass, field
from typing import Any

_PARAMETER = re.compile(r"(\w+(?:, \w+)*)(?: : (.+))?")


@dataclass(frozen=True)
class Parameter:
    """What is said of a parameter: its type, perhaps with its default, and its meaning."""

    kind: str
    text: str


@dataclass(frozen=True)
class Docstring:
    """`text` is all but the parameters, as Markdown without headings."""

    text: str
    parameters: dict[str, Parameter] = field(default_factory=dict)


def read_docstring(documented: Any) -> Docstring:
    """Of a class or function, not of those that it inherits from."""
    lines = inspect.cleandoc(documented.__doc__ or "").splitlines()
    parameters: dict[str, Parameter] = {}
    text: list[str] = []
    position, inside = 0, False
    while position < len(lines):
        line = lines[position]
        position += 1
        if line.startswith("# "):
            inside = line == "# Parameters"
            if not inside:
                text += [f"**{line.removeprefix('# ')}**"]
            continue
        match = _PARAMETER.fullmatch(line) if inside else None
        following = lines[position] if position < len(lines) else ""
        if match and (match[2] or following.startswith(" ")):
            meaning = []
            while position < len(lines) and (lines[position][:1] in ("", " ")):
                meaning.append(lines[position].removeprefix("    "))
                position += 1
            for name in match[1].split(", "):
                parameters[name] = Parameter(match[2] or "", "\n".join(meaning).strip())
        else:
            inside = inside and not line
            text.append(line)
    return Docstring("\n".join(text).strip(), parameters)
