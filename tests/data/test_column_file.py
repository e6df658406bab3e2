import gzip
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from allennlp.common import file_utils
from allennlp.common.checks import ConfigurationError
from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.data import column_file
from datnet_allennlp.data.column_file import read_column_file

TWO_SENTENCES = "Mira\tB-PER\nsings\tO\n\nOslo\tB-LOC\n"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


def write(folder: Path, content: "str | bytes", name: str = "a.conll") -> str:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def contents(path: str, **columns: int) -> list[tuple[list[str], list[str]]]:
    return [(sentence.tokens, sentence.tags) for sentence in read_column_file(path, **columns)]


def error_of(path: str, **columns: int) -> str:
    with pytest.raises(ConfigurationError) as error:
        list(read_column_file(path, **columns))
    return str(error.value)


@pytest.mark.parametrize(
    "text, columns",
    [
        ("Mira\tB-PER\nsings\tO\n", {}),
        ("Mira B-PER\nsings    O\n", {}),
        ("  Mira  B-PER  \nsings O \n", {}),
        ("Mira NNP I-NP B-PER\nsings VBZ I-VP O\n", {}),
        ("Mira NNP B-PER I-NP\nsings VBZ O I-VP\n", {"tag_column": 2}),
        ("1\tMira\t_\tB-PER\t_\n2\tsings\t_\tO\t_\n", {"token_column": 1, "tag_column": -2}),
        ("B-PER\tMira\nO\tsings\n", {"token_column": -1, "tag_column": 0}),
        ("Mira\t B-PER\nsings \tO\n", {}),
    ],
)
def test_reads_the_chosen_columns(tmp_path: Path, text: str, columns: dict[str, int]) -> None:
    assert contents(write(tmp_path, text), **columns) == [(["Mira", "sings"], ["B-PER", "O"])]


@pytest.mark.parametrize(
    "content",
    [
        TWO_SENTENCES,
        TWO_SENTENCES.rstrip("\n"),
        TWO_SENTENCES.replace("\n", "\r\n"),
        b"\xef\xbb\xbf" + TWO_SENTENCES.encode(),
        b"\xef\xbb\xbf-DOCSTART-\tO\r\n\r\n" + TWO_SENTENCES.replace("\n", "\r\n").encode(),
        "-DOCSTART- -X- O\n\n" + TWO_SENTENCES,
        TWO_SENTENCES.replace("\n\n", "\n-DOCSTART-\tO\n"),
        "\n\n" + TWO_SENTENCES.replace("\n\n", "\n \n\t\n\n") + "\n\n",
    ],
)
def test_finds_the_ends_of_sentences(tmp_path: Path, content: "str | bytes") -> None:
    expected = [(["Mira", "sings"], ["B-PER", "O"]), (["Oslo"], ["B-LOC"])]
    assert contents(write(tmp_path, content)) == expected
    assert contents(write(tmp_path, content, "plain.txt")) == expected
    data = content.encode() if isinstance(content, str) else content
    assert contents(write(tmp_path, gzip.compress(data), "a.conll.gz")) == expected


@pytest.mark.parametrize("token", ["new york", "\u00a0", "a\u2028b", "\x85", "\ufeff", "naïve😎"])
def test_only_tabs_spaces_and_line_feeds_part_tokens(tmp_path: Path, token: str) -> None:
    text = f"Mira\tB-PER\n{token}\tO\n"
    assert contents(write(tmp_path, text)) == [(["Mira", token], ["B-PER", "O"])]


def test_knows_the_line_of_every_token(tmp_path: Path) -> None:
    path = write(tmp_path, "-DOCSTART-\tO\n\n\n" + TWO_SENTENCES)
    first, second = read_column_file(path)
    assert [first.origin(), first.origin(1)] == [f"{path}:4", f"{path}:5"]
    assert second.origin() == f"{path}:7"


def test_reads_a_gzip_file_from_the_web(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(file_utils, "CACHE_DIRECTORY", tmp_path / "cache")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    write(tmp_path, gzip.compress(TWO_SENTENCES.encode()), "a.conll.gz")
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            sentences = list(read_column_file(f"{url}/a.conll.gz"))
            assert f"{url}/b.conll: found no such file" in error_of(f"{url}/b.conll")
        finally:
            server.shutdown()
            thread.join()
    assert [sentence.tokens for sentence in sentences] == [["Mira", "sings"], ["Oslo"]]
    assert sentences[1].origin() == f"{url}/a.conll.gz:4"


def test_reads_no_further_than_asked(tmp_path: Path) -> None:
    path = write(tmp_path, TWO_SENTENCES + "\nmalformed\n")
    sentences = read_column_file(path)
    assert next(sentences).tokens == ["Mira", "sings"]
    assert next(sentences).tokens == ["Oslo"]
    with pytest.raises(ConfigurationError, match=":6: "):
        next(sentences)


@pytest.mark.parametrize(
    "content, columns, line, found, expected",
    [
        ("Mira\tO\nsings\n", {}, 2, "found 1 column(s) in 'sings'", "expected at least 2"),
        ("Mira O\n", {"tag_column": 3}, 1, "found 2 column(s) in 'Mira O'", "expected at least 4"),
        ("Mira O\n", {"token_column": -3}, 1, "found 2 column(s)", "expected at least 3"),
        ("Mira N O\n\nsings O\n", {}, 3, "found 2 columns in 'sings O'", "expected 3"),
        ("Mira\tO\na\tb\tO\n", {}, 2, r"found 3 columns in 'a\tb\tO'", "expected 2"),
        ("Mira\tO\n\tO\n", {}, 2, r"found an empty token in '\tO'", ""),
        ("Mira\tO\nsings\t\n", {}, 2, r"found an empty tag in 'sings\t'", ""),
        (b"Mira\tO\nPe\xf1a\tO\n", {}, 2, "found bytes that are not UTF-8", "expected UTF-8"),
        (b"Mira\tO\nPe\xf1a\tO\n", {}, 2, r"b'\xf1' at byte 2", "expected UTF-8"),
        ("Mira\tO\n".encode("utf-16"), {}, 1, "found bytes that are not UTF-8", "expected UTF-8"),
    ],
)
def test_names_file_and_line_of_a_malformed_line(
    tmp_path: Path,
    content: "str | bytes",
    columns: dict[str, int],
    line: int,
    found: str,
    expected: str,
) -> None:
    path = write(tmp_path, content)
    message = error_of(path, **columns)
    assert message.startswith(f"{path}:{line}: ")
    assert found in message and expected in message


@pytest.mark.parametrize("content", ["", "\n\n \n", "-DOCSTART- O\n\n", b"\xef\xbb\xbf"])
def test_refuses_a_file_without_sentences(tmp_path: Path, content: "str | bytes") -> None:
    path = write(tmp_path, content)
    assert error_of(path) == f"{path}: found no sentence, expected a CoNLL column file"


def test_refuses_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.conll")
    assert error_of(missing).startswith(f"{missing}: found no such file, expected")
    assert error_of(str(tmp_path)).startswith(f"{tmp_path}: found a folder, expected")


def test_refuses_broken_gzip_data(tmp_path: Path) -> None:
    plain = write(tmp_path, TWO_SENTENCES, "plain.conll.gz")
    assert re.match(re.escape(f"{plain}:1: found broken data ("), error_of(plain))
    assert "expected a whole gzip file" in error_of(plain)

    lines = "".join(f"w{i}x{i * i}\tO\n\n" for i in range(5000))
    whole = gzip.compress(lines.encode())
    cut = write(tmp_path, whole[: len(whole) // 2], "cut.conll.gz")
    found = re.match(re.escape(cut) + r":(\d+): found broken data \(", error_of(cut))
    assert found and 1000 < int(found[1]) < 9000

    corrupt = write(tmp_path, whole[:5000] + b"\xff" * 50 + whole[5050:], "corrupt.conll.gz")
    assert "expected a whole gzip file" in error_of(corrupt)


LINES = st.lists(
    st.sampled_from(
        ["Mira\tO", "in\tB-LOC", "é\tO", "", "", "Mira O", "a\tb\tO", " \t", "-DOCSTART-\tO"]
        + [
            "\ufeffMira\tO",
            "Mira\t O",
            "Mira\t",
            "\tO",
            "Mira",
            "a\rb\tO",
            "new york\tO",
            "a\x85\tO",
        ]
    ),
    max_size=8,
)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from([b"", b"\xff\tO\n"]))
def test_reading_at_once_is_reading_line_by_line(
    tmp_path_factory, lines: list[str], line_end: str, is_ended: bool, more: bytes
) -> None:
    content = line_end.join(lines) + (line_end if is_ended or more else "")
    path = write(tmp_path_factory.mktemp("files"), content.encode() + more)

    def outcome() -> "list | str":
        found: list = []
        try:
            found.extend(read_column_file(path))
        except ConfigurationError as error:
            return [*found, str(error)]
        return found

    fast = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_file, "_columns_of_plain_lines", lambda *block: None)
        assert outcome() == fast


def test_plain_sentences_are_read_at_once(tmp_path: Path, monkeypatch) -> None:
    reader = column_file._SentenceReader
    monkeypatch.setattr(reader, "_read_line_by_line", lambda *block: pytest.fail("read by line"))
    for text in (TWO_SENTENCES, TWO_SENTENCES.replace("\n", "\r\n"), "a b O\nc d O\n\ne f O"):
        assert len(contents(write(tmp_path, text))) == 2


def test_a_message_shows_the_beginning_of_a_long_line(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("in O\n" + "x " * 10_000 + "\n")
    with pytest.raises(ConfigurationError) as error:
        list(read_column_file(str(tmp_path / "a.conll")))
    assert len(str(error.value)) < 300


MULTICONER = "\n# id 7\tdomain=en\n# _ _ O\nOslo _ _ B-LOC\n\n\n# id 8\tdomain=en\n#x _ _ O\n"
GERMEVAL = "#\thttp://a [2009]\n1\t#\tO\tO\n2\tOslo\tB-LOC\tO\n\n#\thttp://b\n1\t#x\tO\tO\n"
CONLL_U = "# id = O\n# text = # Oslo\n#\tB-X\nOslo\tB-LOC\n\n# only = this\n\n# text = O\n#x\tO\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "content, columns, lines",
    [
        (MULTICONER, {}, [3, 8]),
        (GERMEVAL, {"token_column": 1, "tag_column": 2}, [2, 6]),
        ("\ufeff" + GERMEVAL, {"token_column": 1, "tag_column": 2}, [2, 6]),
        (CONLL_U, {}, [3, 9]),
        (CONLL_U, {"tag_column": None}, [3, 9]),
    ],
)
def test_comments_are_told_from_tokens(content, columns, lines, end, tmp_path: Path) -> None:
    path = write(tmp_path, content.replace("\n", end))
    read = list(read_column_file(path, comments="#", **columns))
    assert [sentence.tokens for sentence in read] == [["#", "Oslo"], ["#x"]]
    assert [sentence.line_number for sentence in read] == lines


def test_a_tweet_of_hashtags_is_no_comment(tmp_path: Path) -> None:
    path = write(tmp_path, "#Oslo\tB-LOC\n#\tO\n\n# a comment\n\n#rain\tO\n")
    read = list(read_column_file(path, comments="#"))
    assert [sentence.tokens for sentence in read] == [["#Oslo", "#"], ["#rain"]]


@pytest.mark.parametrize("content", [MULTICONER, GERMEVAL, "# text = a\nOslo\tB-LOC\n"])
def test_the_key_for_comments_is_named(content, tmp_path: Path) -> None:
    assert error_of(write(tmp_path, content)).endswith(
        "(the reader's comments, '#', says that such lines are comments)"
    )
    mistake = error_of(write(tmp_path, "Oslo\tB-LOC\tx\nMira\tB-PER\n"))
    assert "reader's" not in mistake


def test_several_words_written_as_one_are_no_token(tmp_path: Path) -> None:
    path = write(tmp_path, "1\tMira\tB-PER\n2-3\tinOslo\tO\n2\tin\tO\n3\tOslo\tB-LOC\n")
    message = error_of(path, token_column=1)
    assert f"{path}:2: found a line of several words, '2-3\\tinOslo" in message
    path = write(tmp_path, "2-3 Mira B-PER\n4-5 sings O\n6 now O\n")  # places of characters
    assert contents(path, token_column=1)[0][0] == ["Mira", "sings", "now"]


def test_json_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, '{"text": "in Oslo"}\n{"text": "it rains now"}\n')
    assert error_of(path).endswith("(`allennlp new-config` makes columns of JSON)")
