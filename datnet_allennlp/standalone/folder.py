"""
The folder that `allennlp export` wrote: its files are as the manifest says, and of a size that was
agreed on. Whoever changes a file can change the manifest too; it tells damage and mixtures.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy

from .refusal import Refusal

MANIFEST = "manifest.json"
FORMAT = 1
MOST_WORDS = 5_000_000
MOST_TAGS = 1_000
_MOST_BYTES = 4 << 30
_MOST_BYTES_OF_JSON = 256 << 20
_NAME = re.compile(r"(standalone/)?\w[\w.-]*")


class Folder:
    """
    # Parameters

    path : `str | os.PathLike[str]`

    Its `names` are those of the files that the manifest lists.

    Raises `Refusal` for a folder that is no export, or not whole: a file that is missing, changed,
    or no plain file in the folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if not (self.path / MANIFEST).is_file():
            raise Refusal(f"{path}: found no {MANIFEST}, expected what `allennlp export` writes")
        manifest = self._json(self.path / MANIFEST)
        sums = manifest.get("sha256") if isinstance(manifest, dict) else None
        if not isinstance(sums, dict):
            raise Refusal(f"{path}: {MANIFEST}: found no 'sha256', expected an object")
        if manifest.get("format") != FORMAT:
            raise Refusal(
                f"{path}: {MANIFEST}: found the format {manifest.get('format')!r}, expected "
                f"{FORMAT}; export the archive again"
            )
        self.names = set(sums)
        room = _MOST_BYTES
        for name, expected in sums.items():
            file = self.path / name
            if not _NAME.fullmatch(name) or file.is_symlink() or not file.is_file():
                raise Refusal(f"{path}: {name}: found no such plain file, expected one")
            room -= file.stat().st_size
            if room < 0:
                raise Refusal(f"{path}: found more than {_MOST_BYTES:,} bytes, expected fewer")
            found = _sha256(file)
            if found != expected:
                raise Refusal(
                    f"{path}: {name}: found SHA-256 {found}, expected {expected} ({MANIFEST})"
                )

    def json(self, name: str) -> Any:
        """Raises `Refusal` for a file that is no JSON, too long, or not in the manifest."""
        return self._json(self._file(name))

    def array(self, name: str) -> numpy.ndarray:
        """A matrix of numbers, read where it is used. Raises `Refusal` for anything else."""
        try:
            array: Any = numpy.load(self._file(name), mmap_mode="r", allow_pickle=False)
        except (ValueError, OSError, EOFError) as error:
            raise Refusal(f"{name}: found no matrix ({error}), expected one") from None
        if not isinstance(array, numpy.ndarray) or array.ndim != 2 or array.dtype.kind not in "fi":
            raise Refusal(f"{name}: found something else, expected a matrix of numbers")
        return array

    def session(self, name: str) -> Any:
        """A network. Raises `Refusal` if onnxruntime cannot run it."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # Work is shared out among processes.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            return onnxruntime.InferenceSession(
                str(self._file(name)), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own, which have no base class
            reason = " ".join(str(error).split())[:200]
            raise Refusal(f"{name}: found no network ({reason}), expected one in ONNX") from None

    def _file(self, name: str) -> Path:
        if name not in self.names:
            raise Refusal(f"{self.path}: found no '{name}' in {MANIFEST}, expected that file")
        return self.path / name

    def _json(self, file: Path) -> Any:
        try:
            if file.stat().st_size > _MOST_BYTES_OF_JSON:
                raise ValueError(f"more than {_MOST_BYTES_OF_JSON:,} bytes")
            return json.loads(file.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise Refusal(f"{file}: found no JSON ({error}), expected JSON") from None


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
