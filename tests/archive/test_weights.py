"""The records of the weights and what the pickle says of them, in files of torch and in others."""

import io
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.archive.weights import check_weights

SMALL = {"w": torch.arange(3.0)}


def saved(content: object) -> dict[str, bytes]:
    """The records that torch makes of it, by name."""
    file = io.BytesIO()
    torch.save(content, file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def check(path: Path, records: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in records.items():
            archive.writestr(name, content)
    check_weights(path, "w.th")


def with_pickle(pickled: bytes, record: str = "archive/data/0") -> dict[str, bytes]:
    records = {"archive/data.pkl": b"\x80\x02" + pickled + b".", record: bytes(12)}
    return {**records, "archive/version": b"3\n"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.th"


DTYPES = [torch.float64, torch.bfloat16, torch.int64, torch.int16, torch.uint8, torch.bool]
DTYPES += [torch.complex64, torch.uint16, torch.float8_e5m2, torch.half, torch.float, torch.int8]
DTYPES += [torch.int32, torch.complex128]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_tensors_of_any_type(dtype: torch.dtype, path: Path) -> None:
    records = saved({"w": torch.zeros(3, 4).to(dtype)})
    check(path, records)
    name = next(name for name in records if name.endswith("data/0"))
    for content in (records[name][:-1], records[name] + b"\0"):
        with pytest.raises(ConfigurationError, match=f"w.th: .*data/0: found {len(content)} bytes"):
            check(path, {**records, name: content})


def test_what_a_file_of_weights_may_hold(path: Path) -> None:
    shared = torch.arange(70_000.0)
    content = OrderedDict(a=shared, b=shared[3:], c=shared.view(7, -1).T, none=torch.zeros(0))
    content.update({f"{number}": torch.zeros(number % 3) for number in range(300)})
    content["nested"] = [torch.nn.Parameter(torch.ones(2)), {"sparse": torch.eye(3).to_sparse()}]
    content["state"] = torch.nn.Linear(2, 2).state_dict()
    torch.save(content, path)
    check_weights(path, "w.th")


def test_a_record_that_is_not_there(path: Path) -> None:
    records = saved(SMALL)
    gone = {name: content for name, content in records.items() if not name.endswith("data/0")}
    with pytest.raises(ConfigurationError, match="w.th: .*/data/0: found no such record"):
        check(path, gone)


FLOAT = b"ctorch\nFloatStorage\n"
WORD = b"X\x07\0\0\0storage"
KEY = b"X\x01\0\0\x000"
CPU = b"X\x03\0\0\0cpu"
THREE = b"K\x03"


def test_a_pickle_by_hand(path: Path) -> None:
    check(path, with_pickle(b"(" + WORD + FLOAT + KEY + CPU + THREE + b"tQ"))


@pytest.mark.parametrize(
    "pickled",
    [
        # Another length from the memo; the tuple made of other tuples; no tuple; a float; nothing.
        b"(" + b"K\x04q\x01" + b"t(" + WORD + FLOAT + KEY + CPU + b"h\x01tQ",
        WORD + FLOAT + KEY + b"\x87" + b"Q",
        WORD + b"Q",
        b"(" + WORD + FLOAT + KEY + CPU + b"G\x40\x08\0\0\0\0\0\0" + b"tQ",
        b"NQ",
        # What is put into the memo is a list, or the name of a class; the memo is empty.
        b"(" + WORD + FLOAT + b"]q\x01" + CPU + THREE + b"tQ",
        b"(" + WORD + FLOAT + b"c0\n0\nq\x01" + CPU + THREE + b"tQ",
        b"(" + WORD + FLOAT + b"h\x05" + CPU + THREE + b"tQ",
        # More than there is; less than nothing; a type that is none.
        b"(" + WORD + FLOAT + KEY + CPU + b"\x8a\x08" + b"\xff" * 7 + b"\x7f" + b"tQ",
        b"(" + WORD + FLOAT + KEY + CPU + b"J\xfd\xff\xff\xff" + b"tQ",
        b"(" + WORD + b"cos\nsystem\n" + KEY + CPU + THREE + b"tQ",
        b"(" + WORD + b"ctorch\nfloat32\n" + KEY + CPU + THREE + b"tQ",
        # No pickle.
        b"\xff",
        b"X\xff\xff\xff\xff",
        b"c\xe9\n\n",
        b"I" + b"9" * 5000 + b"\n",
    ],
)
def test_other_pickles(pickled: bytes, path: Path) -> None:
    with pytest.raises(ConfigurationError, match="^'?w.th: .*found .*expected") as caught:
        check(path, with_pickle(pickled))
    assert "\n" not in str(caught.value)


def test_names_that_torch_may_read_otherwise(path: Path) -> None:
    good = with_pickle(b"(" + WORD + FLOAT + KEY + CPU + THREE + b"tQ")
    for name in ("archive/DATA/0", "archive/\xe9", "archive/a\nb"):
        with pytest.raises(ConfigurationError, match="w.th: found records with the same or odd"):
            check(path, {**good, name: b""})
    # What stands before the zip moves it for Python's reader and not for torch's.
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in good.items():
            archive.writestr(name, content)
    path.write_bytes(b"before" + path.read_bytes())
    with pytest.raises(ConfigurationError, match="none at the start"):
        check_weights(path, "w.th")


def test_a_zip_without_records(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="none at the start"):
        check(path, {})
    with pytest.raises(ConfigurationError, match="no item named 'archive/data.pkl'"):
        check(path, {"archive/version": b"3"})
