"""How much an archive may take, and what the user says of it in the environment."""

import dataclasses
import os
from dataclasses import dataclass

from allennlp.common.checks import ConfigurationError

_TRUST = "DATNET_TRUST_ARCHIVE"
_LIMITS = "DATNET_ARCHIVE_LIMITS"
REMEDY = f"if you know who made the archive, set the environment variable {_TRUST}=1"


@dataclass(frozen=True)
class Limits:
    """
    What an archive may hold at most. More is refused before memory or disk is taken for it.

    # Parameters

    members : `int`, optional (default = 1,000)
        Files and folders in the tar.
    total_bytes : `int`, optional (default = 4 GiB)
        All of them unpacked.
    expansion : `int`, optional (default = 50)
        How many times larger than the tar.gz they may be (16 MiB are always allowed).
    config_bytes : `int`, optional (default = 1 MiB)
        Each file of JSON.
    vocabulary_bytes : `int`, optional (default = 256 MiB)
        Each file of the vocabulary.
    words : `int`, optional (default = 5,000,000)
        Entries of a namespace of the vocabulary.
    tags : `int`, optional (default = 1,000)
        Entries of a namespace that holds tags or labels; the CRF needs their square.
    """

    members: int = 1_000
    total_bytes: int = 4 << 30
    expansion: int = 50
    config_bytes: int = 1 << 20
    vocabulary_bytes: int = 256 << 20
    words: int = 5_000_000
    tags: int = 1_000

    @classmethod
    def from_environment(cls) -> "Limits":
        """
        The defaults, changed as the environment variable DATNET_ARCHIVE_LIMITS says, for example
        "tags=2000,total_bytes=8000000000".

        Raises `ConfigurationError` if it is anything else.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        changed = {}
        for item in filter(None, os.environ.get(_LIMITS, "").split(",")):
            name, _, value = item.strip().partition("=")
            if name not in names or not value.isdecimal():
                raise ConfigurationError(
                    f"{_LIMITS}: found '{item}', expected <name>=<number> with a name of {names}"
                )
            changed[name] = int(value)
        return cls(**changed)


def trusted() -> bool:
    """
    Whether the environment variable DATNET_TRUST_ARCHIVE is 1.

    Raises `ConfigurationError` if it is neither 0, 1 nor empty.
    """
    value = os.environ.get(_TRUST, "")
    if value not in ("", "0", "1"):
        raise ConfigurationError(f"{_TRUST}: found '{value}', expected 0 or 1")
    return value == "1"
