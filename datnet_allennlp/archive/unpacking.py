"""Unpacking a tar that anyone may have made."""

import gzip
import os
import re
import shutil
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
# Of a name in the archive, in bytes: what file systems take, and what a sentence shows.
_LONGEST_NAME = 255
_SHOWN = 100


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
    `limits` allow, a file that is no whole tar.gz, and a disk that is full.
    """
    room = min(limits.total_bytes, max(_ALWAYS_ALLOWED, limits.expansion * path.stat().st_size))
    seen: set[str] = set()
    try:
        with (
            _PlainReads(path) as unzipped,
            tarfile.open(fileobj=cast(IO[bytes], unzipped), mode="r:") as archive,
        ):
            for number, member in enumerate(archive, start=1):
                name = member.name.removeprefix("./")
                place = f"{path}: member {_shown(name)}"
                if number > limits.members:
                    raise ConfigurationError(
                        f"{place}: found more than {limits.members:,} members, expected at most "
                        "these (limit 'members')"
                    )
                if name in ("", "."):
                    continue
                _check_kind(member, name, place, trust)
                if name in seen:
                    raise ConfigurationError(f"{place}: found it twice, expected it once")
                seen.add(name)
                if member.size > room:
                    raise ConfigurationError(
                        f"{place}: found {member.size:,} bytes, expected at most {room:,} here "
                        "(limits 'total_bytes', 'expansion')"
                    )
                room -= member.size
                _extract(archive, member, folder, place)
            _read_to_the_end(unzipped, room, path)
    # The last three are what tarfile makes of the headers of other formats.
    except (
        *(tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile),
        *(ValueError, OverflowError, RecursionError),
    ) as error:
        raise ConfigurationError(
            f"{path}: found no whole tar.gz ({error}), expected the archive of a model"
        ) from error


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, place: str) -> None:
    # `TarFile.extract` is safe with a filter alone, which Python 3.11.2, Debian 12's, does not
    # have. `_check_kind` has let through files and folders below this one, and no links.
    target = folder / member.name
    try:
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            shutil.copyfileobj(cast(IO[bytes], archive.extractfile(member)), file)
    except gzip.BadGzipFile:
        raise
    except OSError as error:
        raise ConfigurationError(
            f"{place}: found that it cannot be unpacked into {folder} ({error.strerror}), "
            "expected room for it there"
        ) from error


def _read_to_the_end(unzipped: gzip.GzipFile, room: int, path: Path) -> None:
    """Only there gzip compares its checksum, and a file shows that it was cut off."""
    # What fills a tar up to a whole record.
    room += _ALWAYS_ALLOWED
    while read := len(unzipped.read(_LONGEST_READ)):
        room -= read
        if room < 0:
            raise ConfigurationError(
                f"{path}: found more behind the members than they may have in all, expected their "
                "end (limits 'total_bytes', 'expansion')"
            )


def _shown(name: str) -> str:
    """A name of someone else's: what it holds is neither run by a terminal nor fills it."""
    return repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}...")


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
    longest = max(len(os.fsencode(each)) for each in name.split("/"))
    if longest > _LONGEST_NAME:
        raise ConfigurationError(
            f"{place}: found a name of {longest:,} bytes, expected at most {_LONGEST_NAME}"
        )
    if not trust and (not _KNOWN.fullmatch(name) or is_folder != (name == "vocabulary")):
        raise ConfigurationError(
            f"{place}: found a member that archives do not have, expected config.json, weights.th, "
            f"vocabulary/*, meta.json, manifest.json or calibration.json; {REMEDY}"
        )
