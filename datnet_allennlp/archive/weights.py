"""
The file of the weights, checked before it is read. It is a zip as `torch.save` writes it since
torch 1.6: `data.pkl` says which tensors there are, and each storage is a record beside it. Newer
torch compares the two as it reads; older torch reads behind the end of a record that is cut short.
"""

import pickletools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError

# What `data.pkl` may push that is part of a storage's description.
_CONSTANTS = {"BINUNICODE", "GLOBAL", "BININT", "BININT1", "BININT2", "LONG1"}
# The bytes of a number in a storage of each type.
_WIDTHS = {
    **{"Bool": 1, "Byte": 1, "Char": 1, "Short": 2, "Int": 4, "Long": 8},
    **{"BFloat16": 2, "Half": 2, "Float": 4, "Double": 8, "ComplexFloat": 8, "ComplexDouble": 16},
    **{"QInt8": 1, "QUInt8": 1, "QInt32": 4},
}
_WIDTH_OF_TYPE = {f"torch {name}Storage".encode(): width for name, width in _WIDTHS.items()}
_WIDTH_OF_TYPE[b"torch.storage UntypedStorage"] = 1


def check_weights(path: Path, place: str) -> None:
    """
    Compares the records of a file of weights with what its pickle says of them. Nothing is
    unpickled: torch does this, and tensors alone (`weights_only`).

    # Parameters

    path : `Path`
    place : `str`
        What errors call the file.

    Raises `ConfigurationError` if the file is no zip of records that are neither compressed nor
    overlap, and for a record that is not as long as its storage.
    """
    if not path.is_file():
        raise ConfigurationError(f"{place}: found no such regular file, expected the weights")
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            _check_zip(infos, path.stat().st_size, place)
            # The raw names: torch reads no others.
            sizes = {info.orig_filename: info.file_size for info in infos}
            folder = next(iter(sizes)).split("/")[0]
            pickled = archive.read(f"{folder}/data.pkl")
        _check_storages(pickled, folder, sizes, place)
    # RuntimeError: an encrypted record.
    except (zipfile.BadZipFile, ValueError, RuntimeError, KeyError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            f"{place}: found no zip of tensors ({reason}), expected weights that torch 1.6 or "
            "newer wrote"
        ) from error


def _check_zip(infos: list[zipfile.ZipInfo], size: int, place: str) -> None:
    compressed = any(info.compress_type != zipfile.ZIP_STORED for info in infos)
    if compressed or sum(info.file_size for info in infos) > size:
        raise ConfigurationError(
            f"{place}: found records that are compressed or overlap, expected them as torch writes "
            "them"
        )
    # Each of these could show torch another file than the one that is checked here.
    names = {info.orig_filename.lower() for info in infos}
    plain = all(name.isascii() and name.isprintable() for name in names)
    first = min((info.header_offset for info in infos), default=1)
    if len(names) < len(infos) or not plain or first != 0:
        raise ConfigurationError(
            f"{place}: found records with the same or odd names, or none at the start of the file, "
            "expected them as torch writes them"
        )


def _check_storages(pickled: bytes, folder: str, sizes: dict[str, int], place: str) -> None:
    for described in _storages(pickled):
        match described:
            case ("storage", kind, str(key), str(), int(length)) if kind in _WIDTH_OF_TYPE:
                record = f"{folder}/data/{key}"
                expected = length * _WIDTH_OF_TYPE[kind]
                if sizes.get(record) != expected:
                    found = f"{sizes[record]:,} bytes" if record in sizes else "no such record"
                    raise ConfigurationError(
                        f"{place}: {record}: found {found}, expected the {expected:,} bytes of its "
                        "tensor"
                    )
            case _:
                raise ConfigurationError(
                    f"{place}: {folder}/data.pkl: found a storage that is not described as torch "
                    "does it, expected its type, its record and its length"
                )


def _storages(pickled: bytes) -> Iterator[Any]:
    """
    What the pickle refers to outside itself. Each storage is a persistent id, a tuple of constants
    that are pushed one by one, or taken from the memo. `top` is the end of the unpickler's stack as
    far as it is known: all since the last mark, or `None` and what came after something else.
    """
    memo: dict[int, Any] = {}
    top: list[Any] = []
    argument: Any
    for opcode, argument, _ in pickletools.genops(pickled):
        name = opcode.name
        if name == "MARK":
            top = []
        elif name in _CONSTANTS:
            # A name of a class is no text, even if it reads like one.
            top.append(argument.encode() if name == "GLOBAL" else argument)
        elif name in ("BINGET", "LONG_BINGET"):
            top.append(memo.get(argument))
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = top[-1] if top else None
        elif name == "TUPLE":
            top = [tuple(top)]
        else:
            if name == "BINPERSID":
                yield top[-1] if top else None
            top = [None]
