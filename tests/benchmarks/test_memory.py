"""Memory over a run: a line for each step of what is done."""

import pytest

from benchmarks import memory


@pytest.mark.parametrize(
    "what, number", [pytest.param("train", 1, marks=pytest.mark.long), ("predict", 2)]
)
def test_each_step_is_a_line(what: str, number: int, capfd, monkeypatch) -> None:
    monkeypatch.chdir(memory.ROOT)
    getattr(memory, what)(number)
    lines = [line.split("\t") for line in capfd.readouterr().out.splitlines() if "\t" in line]
    assert [int(done) for done, _ in lines] == list(range(1, number + 1))
    assert all(float(mib) > 50 for _, mib in lines)
