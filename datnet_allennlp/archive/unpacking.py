"""Unpacking a tar that anyone may have made."""

import gzip
import os
import re
import tarfile
import zlib
from pathlib import Path
from typing import IO, cast

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.archive.limits import REMEDY, Limits

JSON_MEMBERS = ("config.json", "meta.json", "manifest.json", "calibration.json")
_KNOWN = re.compile(
    "|".join(["vocabulary(/[^/]+)?", r"weights\.th", *map(re.escape, JSON_MEMBERS)])
)
_ALWAYS_ALLOWED = 16 << 20
# Longer reads than these are long names and extended headers, which tarfile holds in memory.
_LONGEST_READ = 1 << 20


class _PlainReads(gzip.GzipFile):
    """A gzip file from which tarfile cannot be made to read much at once."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _LONGEST_READ:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return super().read(size)


def unpack(path: Path, folder: Path, limits: Limits, trust: bool) -> None:
    """
    Unpacks an archive's members, one after the other, each only when its header has passed.

    # Parameters

    path : `Path`
        The `model.tar.gz`.
    folder : `Path`
        An empty folder.
    limits : `Limits`
    trust : `bool`
        Allow members that an archive of AllenNLP does not have by default (`include_in_archive`).
        Links, devices, FIFOs and paths out of the folder are refused all the same.

    Raises `ConfigurationError` for a member that is not allowed, one that stands twice, more than
    `limits` allow, and a file that is no whole tar.gz.
    """
    room = min(limits.total_bytes, max(_ALWAYS_ALLOWED, limits.expansion * path.stat().st_size))
    seen: set[str] = set()
    try:
        with (
            _PlainReads(path) as unzipped,
            tarfile.open(fileobj=cast(IO[bytes], unzipped), mode="r:") as archive,
        ):
            for member in archive:
                name = member.name.removeprefix("./")
                place = f"{path}: member '{name}'"
                if name in ("", "."):
                    continue
                _check_kind(member, name, place, trust)
                if name in seen:
                    raise ConfigurationError(f"{place}: found it twice, expected it once")
                seen.add(name)
                if len(seen) > limits.members:
                    raise ConfigurationError(
                        f"{place}: found more than {limits.members:,} members, expected at most "
                        "these (limit 'members')"
                    )
                if member.size > room:
                    raise ConfigurationError(
                        f"{place}: found {member.size:,} bytes, expected at most {room:,} here "
                        "(limits 'total_bytes', 'expansion')"
                    )
                room -= member.size
                archive.extract(member, folder, set_attrs=False, filter="data")
    except tarfile.FilterError as error:
        raise ConfigurationError(
            f"{path}: found a member that leads out of the folder ({error}), expected none"
        ) from error
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ConfigurationError(
            f"{path}: found no whole tar.gz ({error}), expected the archive of a model"
        ) from error


def _check_kind(member: tarfile.TarInfo, name: str, place: str, trust: bool) -> None:
    is_folder = member.isdir()
    is_plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()
    if not (is_folder or is_plain):
        raise ConfigurationError(
            f"{place}: found a link, a device, a FIFO or another special file, expected plain "
            "files and folders"
        )
    if name.startswith(("/", os.sep)) or ".." in name.split("/"):
        raise ConfigurationError(
            f"{place}: found a path that leads out of the folder, expected one in it"
        )
    if not trust and (not _KNOWN.fullmatch(name) or is_folder != (name == "vocabulary")):
        raise ConfigurationError(
            f"{place}: found a member that archives do not have, expected config.json, weights.th, "
            f"vocabulary/*, meta.json, manifest.json or calibration.json; {REMEDY}"
        )
