"""Writes the first inputs of each target into `corpus`, from the fixtures."""

import bz2
import gzip
import io
import json
import struct
import tarfile
from pathlib import Path

from fuzz.golden import GOLDEN

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"


def inputs() -> dict[str, list[bytes]]:
    """The inputs by target."""
    conll = (FIXTURES / "target" / "dev.conll").read_bytes()[:400]
    lines = (FIXTURES / "tweets.jsonl").read_bytes()
    text = b"2 3\na 1 2 3\nb 4 -5e-1 6\n"
    binary = b"2 2\n" + b"".join(
        b"%s " % w + struct.pack("<2f", 1, 2) + b"\n" for w in (b"a", b"b")
    )
    with tarfile.open(GOLDEN) as golden:
        contents = {m.name: golden.extractfile(m).read() for m in golden if m.isreg()}  # type: ignore[union-attr]
    vocabulary = [contents[name] for name in sorted(contents) if name.startswith("vocabulary/")]
    config = json.loads(contents["config.json"])
    values = [config["model"], "lstm", 1e38, -1, None, True, [], {}, {"type": "tweet"}, "os.system"]
    return {
        "columns": [b"\1" + conll, b"\5" + gzip.compress(conll, mtime=0), b"\0a\nb\n\nc\n"],
        "vectors": [b"\0" + text, b"\1" + binary, b"\2" + gzip.compress(text, mtime=0)],
        "codings": [b"\0I-A B-A O", b"\1B-A I-A O B-B", b"\2B-A E-A S-B", b"\3B-A I-A L-A U-B"],
        "archives": [_tar("config.json", "vocabulary/tokens.txt"), _tar("../a"), _tar("a", "a")],
        "json_lines": [lines[:300], b'{"tokens": ["Mia", "sails"], "id": 1}\n{"text": ""}\n[]\n'],
        "text": [
            b"Mia Torres &amp; co in Dublin\n\n#tag @user http://a.b/c\n",
            bz2.compress(b"a b"),
        ],
        "tables": [b'id,text\n1,Mia in Dublin\n2,"a ""b"" c"\n', b"tokens\n[]\n"],
        "conll": [conll, b"a\tO\n-DOCSTART-\nb O\n"],
        "configuration": [
            bytes([place, 0]) + json.dumps(value).encode()
            for place, value in zip(range(0, 250, 25), values, strict=True)
        ],
        "configuration_bytes": [contents["config.json"], b"{}"],
        "weights": [contents["weights.th"][:4096], b"PK\5\6" + bytes(18)],
        "export_files": [
            *(b"\0{}", b"\1\x08\x01", b'\3{"words": []}', b"\4[]", b"\x08\x93NUMPY"),
            b"\x84\0\1\0\0",
        ],
        "export_settings": [
            bytes([place, 0]) + json.dumps(value).encode()
            for place, value in zip(range(0, 250, 25), values, strict=True)
        ],
        "export_lines": [
            lines[:300],
            b'{"tokens": ["Mia", "sails"], "resource": "source"}\n{"sentence": "&amp;"}',
        ],
        "page_bodies": [
            b'\0{"model": "golden", "records": [{"text": "Mia"}, 3, {"tokens": ["a b"]}]}',
            b'\1{"model": "golden", "record": {"text": "Mia in Dublin"}}',
            b'\2{"model": "golden", "format": "csv", "records": [{"text": "Mia"}]}',
            b"\3name=a.conll\nMia\tB-person\n",
        ],
        "page_values": [
            bytes([place % 3, place + 2, 0]) + json.dumps(value).encode()
            for place, value in zip(range(10), values, strict=True)
        ],
        "page_requests": [b"GET\n/models\na=b\nlocalhost:1\n", b"POST\n/tag\n\nlocalhost\n{}"],
        "training_values": [
            *(b"d\x01\0\0", b"o\x11\0\0\0", b"r\x12\0\0target", b"a\x0d\0\0x"),
            *(b"s\x20\0\0\x01\0\0", b'j\x3f\0\0{"type": "adam"}\no\x05\0\0\x07'),
        ],
        "vocabulary": [bytes([i]) + each[:300] for i, each in enumerate(vocabulary)],
    }


def _tar(*names: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return file.getvalue()


if __name__ == "__main__":
    for name, contents in inputs().items():
        (HERE / "corpus" / name).mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(contents):
            (HERE / "corpus" / name / f"first_{number}").write_bytes(content)
