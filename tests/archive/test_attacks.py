"""
What an archive of someone else may try. Each attack must end in one sentence, without effect.
"""

import gzip
import io
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import SigTermReceived, install_sigterm_handler

from datnet_allennlp.archive import Limits, load

# AllenNLP's own; the plugin has put ours in its place.
PLAIN_LOAD = sys.modules["datnet_allennlp.archive.install"]._PLAIN
ROOT = Path(__file__).parents[2]
DEEP = {"type": "lstm", "input_size": 110, "hidden_size": 6, "num_layers": 10**7}
"""An encoder that takes seconds to refuse."""
MARK: list[str] = []
"""What the payloads below add to when they run."""


def refuses(path: Path, match: str, **options) -> None:
    """The archive is refused with one sentence; nothing ran, and no temporary folder stays."""
    with pytest.raises(ConfigurationError, match=match) as caught:
        load(path, **options)
    assert "\n" not in str(caught.value).strip("'\"")
    assert not MARK
    assert not list(Path(tempfile.gettempdir()).glob("datnet-archive-*"))


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    MARK.clear()


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


# Configurations that run code


def put(config: dict, keys: str, value: object) -> None:
    *parents, last = keys.split(".")
    for key in parents:
        config = config.setdefault(key, {})
    config[last] = value


COMMAND = {"command": "touch ran", "args": ["touch", "ran"]}


@pytest.mark.parametrize(
    "keys,value",
    [
        ("dataset_reader.readers.target.tokenizer", {"type": "os.system", **COMMAND}),
        ("dataset_reader.readers.target.tokenizer", {"type": "subprocess.Popen", **COMMAND}),
        ("dataset_reader.readers.target.tokenizer", "subprocess.Popen"),
        ("validation_dataset_reader", {"type": "subprocess.Popen", **COMMAND}),
        ("model.type", "pathlib.Path"),
        ("model.encoder", {"type": "subprocess.Popen", **COMMAND}),
        ("vocabulary.type", "antigravity.fly"),
        # `evaluate` builds these after the archive has been loaded.
        ("evaluation", {"type": "subprocess.Popen", **COMMAND}),
        ("data_loader.batch_sampler", {"type": "subprocess.Popen", **COMMAND}),
        ("validation_data_loader.type", "__main__.anything"),
        ("trainer.callbacks", ["this.s"]),
    ],
)
def test_a_class_by_its_full_name(keys: str, value: object, forge):
    path = forge(edit=lambda config: put(config, keys, value))
    refuses(path, rf"config.json: {keys}[\w.]*: found '.*', which Python could import, expected")
    assert not Path("ran").exists()


def test_plain_allennlp_runs_it(forge):
    """The attack above is real."""
    value = {"type": "subprocess.Popen", "args": ["touch", "ran"]}
    path = forge(edit=lambda c: put(c, "dataset_reader.readers.target.tokenizer", value))
    with pytest.raises(Exception):  # noqa: B017  (whatever the reader makes of a process)
        PLAIN_LOAD(path).dataset_reader.text_to_instance("a")
        raise RuntimeError
    for _ in range(1200):
        if Path("ran").exists():
            break
        threading.Event().wait(0.05)
    assert Path("ran").exists()


def test_remote_code_of_transformers(forge):
    keys = "model.text_field_embedder.shared.characters.transformer_kwargs.trust_remote_code"
    refuses(forge(edit=lambda c: put(c, keys, True)), "trust_remote_code: found True, expected")


@pytest.mark.parametrize(
    "keys",
    [
        "model.evalb_directory_path",
        "model.srl_eval_path",
        "model.archive_file",
        "model.encoder._pretrained.archive_file",
        "model.text_field_embedder.weights_file_path",
        "dataset_reader.readers.target.token_indexers.words.pretrained_file",
        "dataset_reader.cache_directory",
    ],
)
def test_keys_that_read_other_files(keys: str, forge):
    path = forge(edit=lambda c: put(c, keys, "/etc/passwd"))
    refuses(path, rf'config.json: {keys}: found "/etc/passwd", expected')


@pytest.mark.parametrize(
    "key,value,found",
    [
        ("characters.min_padding_length", 10**9, "1,000,000,000"),
        ("words.token_min_padding_length", 101, "101"),
        ("characters.start_tokens", ["a"] * 5_000, "5,000"),
        ("characters.character_tokenizer", {"end_tokens": [1] * 101}, "101"),
    ],
)
def test_padding_that_takes_memory(key: str, value: object, found: str, forge):
    keys = f"dataset_reader.readers.target.token_indexers.{key}"
    match = rf"config.json: {keys}[\w.]*: found {found}, expected at most 100"
    refuses(forge(edit=lambda c: put(c, keys, value)), match)


def test_processes_that_take_memory(forge):
    """`evaluate` would start them."""
    path = forge(edit=lambda c: put(c, "validation_data_loader.num_workers", 100_000))
    refuses(
        path, "config.json: validation_data_loader.num_workers: found 100,000, expected at most"
    )


def test_padding_as_another_number(forge):
    """Jsonnet makes a whole number of it."""
    keys = "dataset_reader.readers.target.token_indexers.characters.min_padding_length"
    refuses(forge(edit=lambda c: put(c, keys, 1e9)), "min_padding_length: found 1,000,000,000.0")


def test_vectors_of_the_model_are_not_read(forge):
    """AllenNLP removes the key before it builds the model."""
    keys = "model.text_field_embedder.per_resource.target.pretrained_file"
    load(forge(edit=lambda c: put(c, keys, "/nowhere/vectors.gz")))
    where = "model.text_field_embedder.list"
    path = forge(edit=lambda c: put(c, where, [{"pretrained_file": "/etc/passwd"}]))
    refuses(path, "list.0.pretrained_file: found")


# Configurations that are no data


@pytest.mark.parametrize(
    "text,found",
    [
        ("local f(n) = f(n + 1); { model: f(0) }", "found no JSON"),
        ('{"model": import "/etc/passwd"}', "found no JSON"),
        ('{"model": NaN}', "found no JSON .NaN"),
        ('{"model": {}, "model": {}}', "the key 'model' twice"),
        ("[" * 100_000, "found no JSON"),
        ('{"model": ' + '{"a": ' * 60 + "1" + "}" * 61, "found no 'dataset_reader'"),
        (
            '{"dataset_reader": {"type": "x"}, "model": ' + '{"a": ' * 60 + "1" + "}" * 61,
            "found more than 50 levels",
        ),
        ("[]", "found list, expected an object"),
        ("", "found no JSON"),
        ('{"model": {"type": "datnet_tagger"}}', "found no 'dataset_reader'"),
        ("{}" + " " * (1 << 20), "expected at most 1,048,576"),
        ("\udcff", "found no JSON"),
    ],
)
def test_a_configuration_that_is_no_json(text: str, found: str, forge):
    path = forge({"config.json": text.encode(errors="surrogateescape")})
    refuses(path, rf"config.json: .*{found}")


@pytest.mark.parametrize("name", ["meta.json", "manifest.json", "calibration.json"])
def test_other_json(name: str, forge):
    refuses(forge({name: b"[1"}), f"{name}: found no JSON")


def test_a_configuration_that_makes_no_model(forge):
    path = forge(edit=lambda c: c["model"].update(encoder=["a", 1]))
    refuses(path, "evil.tar.gz: (found parts that make no model|config.json: from_params)")
    path = forge(edit=lambda c: put(c, "model.type", "no_such_model"))
    refuses(path, "evil.tar.gz: config.json: .*no_such_model")


# Members that lead out of the folder


@pytest.mark.parametrize(
    "name", ["../outside", "vocabulary/../../outside", "/tmp/outside-of-archive", "vocabulary/.."]
)
@pytest.mark.parametrize("trust", [False, True])
def test_paths_that_lead_out(name: str, trust: bool, forge, tmp_path: Path):
    path = forge({name: b"evil"})
    refuses(path, "found a path that leads out of the folder", trust=trust)
    assert not Path("/tmp/outside-of-archive").exists()
    assert not Path(tempfile.gettempdir(), "outside").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("name", ["vocabulary", "config.json", "weights.th", "other"])
@pytest.mark.parametrize("trust", [False, True])
def test_links(kind: bytes, name: str, trust: bool, forge, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    extra = [special(name, kind, str(tmp_path / "mine"))]
    changes = {"vocabulary/evil.txt": b"evil"}
    refuses(forge(changes, extra=extra), "(found a link|members? .*do not have)", trust=trust)
    assert not list((tmp_path / "mine").iterdir())


def test_link_before_the_files_that_go_through_it(plain: Path, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(special("vocabulary", tarfile.SYMTYPE, str(tmp_path / "mine"))[0])
        member = tarfile.TarInfo("vocabulary/evil.txt")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"evil"))
    refuses(path, "member 'vocabulary': found a link")
    with pytest.raises(Exception):  # noqa: B017
        PLAIN_LOAD(path)
    assert (tmp_path / "mine" / "evil.txt").exists()  # the attack is real


@pytest.mark.parametrize("kind", [tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_fifos_and_devices(kind: bytes, forge):
    refuses(forge({"config.json": None}, extra=[special("config.json", kind)]), "found a link, a")


def test_fifos_in_a_folder(run: Path, tmp_path: Path):
    for name in ("config.json", "weights.th", "vocabulary/target_tags.txt", "manifest.json"):
        folder = tmp_path / name.replace("/", "_")
        (folder / "vocabulary").mkdir(parents=True)
        for path in [run / "config.json", *(run / "vocabulary").glob("*.txt")]:
            (folder / path.relative_to(run)).write_bytes(path.read_bytes())
        (folder / "weights.th").write_bytes((run / "best.th").read_bytes())
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)
        refuses(folder, f"{name}: found no (such )?regular file")


def test_a_fifo_as_archive(tmp_path: Path):
    os.mkfifo(tmp_path / "model.tar.gz")
    refuses(tmp_path / "model.tar.gz", "found a special file")


@pytest.mark.parametrize(
    "name", ["run.sh", "vocabulary/a/b", ".bashrc", "model.py", "weights.th/x"]
)
def test_members_that_archives_do_not_have(name: str, forge):
    refuses(forge({name: b"x"}), f"member '{name}': found a member that archives do not have")


def test_a_member_twice(forge):
    refuses(forge(extra=[(tarfile.TarInfo("config.json"), b"{}")]), "'config.json': found it twice")


@pytest.mark.parametrize(
    "name", ["evil\n\x1b[2Jerror: all is well", "e" * 100_000, "vocabulary/\x07" + "e" * 300]
)
@pytest.mark.parametrize("trust", [False, True])
def test_names_that_are_no_names(name: str, trust: bool, forge):
    path = forge({name: b"x"})
    if trust and len(name) < 100:
        load(path, trust=True)
        return
    found = "found a (member that archives do not have|name of .* bytes, expected at most 255)"
    with pytest.raises(ConfigurationError, match=f"member '.*': {found}") as caught:
        load(path, trust=trust)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 600
    assert not list(Path(tempfile.gettempdir()).glob("datnet-archive-*"))


def extended(*records: bytes) -> bytes:
    """An extended header with these records, each without its length."""
    lines = b"".join(b"%d %s\n" % (len(each) + 4, each) for each in records)
    header = tarfile.TarInfo("header")
    header.type, header.size = tarfile.XHDTYPE, len(lines)
    return header.tobuf(tarfile.USTAR_FORMAT) + lines + bytes(-len(lines) % tarfile.BLOCKSIZE)


@pytest.mark.parametrize(
    "before",
    [
        extended(b"GNU.sparse.map=0,5,x"),
        extended(b"GNU.sparse.major=1", b"GNU.sparse.minor=0"),
        extended(b"path=config.json\0"),
        extended(b"a=b").replace(b"7 a=b", b"9" * 20 + b" a=b").ljust(1024, b"\0")[:1024],
        extended(b"comment=1") * 3000,
    ],
    ids=["sparse", "sparse_1.0", "nul", "length", "chain"],
)
def test_headers_that_are_no_headers(before: bytes, plain: Path, tmp_path: Path):
    path = tmp_path / "evil.tar.gz"
    member = tarfile.TarInfo("meta.json")
    path.write_bytes(gzip.compress(before + member.tobuf() + gzip.decompress(plain.read_bytes())))
    refuses(path, "(found no whole tar.gz|member 'config.json.x00': found a member that archives)")


def test_folders_without_a_name_are_members(plain: Path, tmp_path: Path):
    dot = tarfile.TarInfo("./")
    dot.type = tarfile.DIRTYPE
    path = tmp_path / "evil.tar.gz"
    path.write_bytes(gzip.compress(1_001 * dot.tobuf() + gzip.decompress(plain.read_bytes())))
    refuses(path, r"member '\.': found more than 1,000 members")


@pytest.mark.parametrize("cut", [1, 8])
def test_cut_off_behind_the_members(cut: int, plain: Path, tmp_path: Path):
    content = plain.read_bytes()
    path = tmp_path / "evil.tar.gz"
    for damaged in (content[:-cut], content[:-8] + b"1234" + content[-4:], content + b"more"):
        path.write_bytes(damaged)
        refuses(path, "found no whole tar.gz")
    path.write_bytes(content + gzip.compress(bytes(10_240)) + bytes(100))
    load(path)


@pytest.mark.long
def test_zeros_behind_the_members(plain: Path, tmp_path: Path):
    path = tmp_path / "evil.tar.gz"
    path.write_bytes(plain.read_bytes() + gzip.compress(bytes(1 << 27), 1) * 8)
    refuses(path, "found more behind the members than")


def test_a_disk_that_is_full(plain: Path, forge):
    path = forge({"vocabulary/long.txt": b"@@UNKNOWN@@" + bytes(1 << 16)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 15, hard))
    try:
        refuses(path, r"member '.*': found that it cannot be unpacked into .* \(File too large\)")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


# Sizes


def peak_kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Zeros(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return bytes(size)


@pytest.mark.long
@pytest.mark.parametrize("name", ["weights.th", "config.json", "vocabulary/target_tags.txt"])
def test_a_gigabyte_of_zeros(name: str, tmp_path: Path):
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        member = tarfile.TarInfo(name)
        member.size = 1 << 30
        archive.addfile(member, Zeros(member.size))
    before = peak_kilobytes()
    refuses(path, f"member '{name}': found 1,073,741,824 bytes, expected at most")
    assert peak_kilobytes() - before < 50_000


@pytest.mark.long
@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_gigabyte_of_header(kind: bytes, tmp_path: Path):
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1, format=tarfile.GNU_FORMAT) as archive:
        member = tarfile.TarInfo("config.json")
        member.type, member.size = kind, 1 << 28
        archive.fileobj.write(member.tobuf(tarfile.GNU_FORMAT))
        for _ in range(1 << 8):
            archive.fileobj.write(bytes(1 << 20))
    before = peak_kilobytes()
    refuses(path, r"found no whole tar.gz \(a header of")
    assert peak_kilobytes() - before < 50_000


@pytest.mark.long
def test_many_members(forge):
    changes = {f"vocabulary/n{number}.txt": b"a" for number in range(1_100)}
    refuses(forge(changes), "found more than 1,000 members")


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_cut_off(cut: float, plain: Path, tmp_path: Path):
    content = plain.read_bytes()
    path = tmp_path / "cut.tar.gz"
    path.write_bytes(content[: int(cut * len(content))])
    refuses(path, "found no whole tar.gz")
    path.write_bytes(b"this is no archive")
    refuses(path, "found no whole tar.gz")


@pytest.mark.parametrize("namespace", ["target_tags", "many_labels", "target_tokens"])
def test_ten_thousand_tags(namespace: str, forge):
    tags = "\n".join(["@@UNKNOWN@@", "O", *(f"U-t{number}" for number in range(10_000))])

    def edit(config: dict) -> None:
        if namespace == "target_tokens":  # padded, so that only the model says that it holds tags
            config["model"]["tag_namespaces"]["target"] = namespace

    path = forge({f"vocabulary/{namespace}.txt": tags.encode()}, edit)
    refuses(path, rf"{namespace}.txt: found 10,002 entries, expected at most 1,000 .limit 'tags'")


@pytest.mark.parametrize(
    "keys,value",
    [
        ("model.encoder.shared.hidden_size", 10**6),
        ("model.encoder.shared", {**DEEP, "hidden_size": 600}),
        ("model.text_field_embedder.shared.characters.encoder.num_filters", 10**9),
        ("model.text_field_embedder.shared.characters.embedding.embedding_dim", 10**10),
    ],
)
def test_tensors_that_are_not_the_weights(keys: str, value: object, forge):
    before = peak_kilobytes()
    path = forge(edit=lambda c: put(c, keys, value))
    refuses(path, "config.json: model: found a tensor of .* expected at most 16,777,216")
    assert peak_kilobytes() - before < 200_000


def test_sigterm_ends_the_loading(forge):
    path = forge(edit=lambda c: put(c, "model.encoder.shared", DEEP))
    before = signal.getsignal(signal.SIGTERM)
    install_sigterm_handler()  # as the command does
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM))
    try:
        with pytest.raises(SigTermReceived):
            timer.start()
            load(path)
    finally:
        timer.join()
        signal.signal(signal.SIGTERM, before)


@pytest.mark.process
def test_sigterm_ends_a_command_that_loads(forge, prepared_allennlp, tmp_path):
    path = forge(edit=lambda c: put(c, "model.encoder.shared", DEEP))
    (tmp_path / "own").mkdir()
    process = subprocess.Popen(
        [*prepared_allennlp, "tag", str(path), "-"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path / "own")},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    while process.poll() is None and not list((tmp_path / "own").glob("datnet-archive-*")):
        time.sleep(0.01)
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert said.split() == ["stopped"]
    assert not list((tmp_path / "own").iterdir())


def test_vocabulary_that_is_none(forge):
    refuses(forge({"vocabulary/non_padded_namespaces.txt": None}), "found no vocabulary/non_padded")
    refuses(forge({"vocabulary/a.txt": b"\xff"}), "vocabulary/a.txt: expected UTF-8")
    refuses(forge({"vocabulary/a.txt": b"b\nc\n"}), "make no model .AssertionError: OOV")


# Weights


class Payload:
    def __reduce__(self):
        return MARK.append, ("ran",)


def saved(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def test_pickles(forge):
    refuses(forge({"weights.th": saved({"w": Payload()})}), "weights.th: found pickled objects")
    refuses(forge({"weights.th": pickle.dumps(Payload())}), "weights.th: found no zip of tensors")
    refuses(forge({"weights.th": None}), "found no such regular file, expected the weights")


def rezip(content: bytes, compression: int, cut: int | None = None) -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(file, "w", compression) as new,
    ):
        for name in old.namelist():
            record = old.read(name)
            new.writestr(name, record[:cut] if name.endswith("data/0") else record)
    return file.getvalue()


def test_weights_that_unpack_to_more(forge):
    content = saved({"w": torch.zeros(1 << 22)})
    packed = rezip(content, zipfile.ZIP_DEFLATED)
    assert len(packed) < 100_000
    refuses(forge({"weights.th": packed}), "weights.th: found records that are compressed")
    short = rezip(content, zipfile.ZIP_STORED, cut=8)
    refuses(
        forge({"weights.th": short}), "weights.th: .*data/0: found 8 bytes, expected .*16,777,216"
    )


def test_weights_of_another_model(forge):
    refuses(forge({"weights.th": saved({"w": torch.zeros(3)})}), "make no model .*Missing keys")
    refuses(forge({"weights.th": saved([1, 2])}), "make no model")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_no_numbers(number: float, run: Path, forge):
    """A CRF would tag all words with O."""
    weights = torch.load(run / "best.th", weights_only=True)
    name = "decoders.target.crf.transitions"
    weights[name][0, 0] = number
    refuses(forge({"weights.th": saved(weights)}), f"weights.th: {name}: found NaN or infinity")


def test_vectors_of_a_width_that_takes_memory(forge):
    before = peak_kilobytes()
    path = forge({"vocabulary/target_tokens_width_labels.txt": b"1000000"})
    refuses(path, "config.json: model: found a tensor of .* expected at most 16,777,216")
    assert peak_kilobytes() - before < 200_000


# The manifest


@pytest.mark.parametrize(
    "changes,name",
    [
        ({"weights.th": b"other"}, "weights.th"),
        ({"vocabulary/characters.txt": b"@@UNKNOWN@@\na"}, "vocabulary/characters.txt"),
        ({"vocabulary/characters.txt": None}, "vocabulary/characters.txt"),
        ({"vocabulary/more.txt": b"@@UNKNOWN@@"}, "vocabulary/more.txt"),
    ],
)
def test_parts_that_the_manifest_does_not_know(changes: dict, name: str, with_manifest, forge):
    if "weights.th" in changes:
        changes = {"weights.th": saved({"w": torch.zeros(3)})}
    refuses(forge(changes, source=with_manifest), f"{name}: found SHA-256 .*manifest.json")


def test_a_manifest_that_is_none(forge):
    content = json.dumps({"sha256": []}).encode()
    refuses(forge({"manifest.json": content}), "manifest.json: found no 'sha256'")


def test_limits_can_be_raised(forge):
    tags = "\n".join(["O", *(f"U-t{number}" for number in range(30))])
    path = forge({"vocabulary/target_tags.txt": tags.encode()})
    refuses(path, "limit 'tags'", limits=Limits(tags=10))
    refuses(path, "make no model .*size mismatch", limits=Limits(tags=40))
