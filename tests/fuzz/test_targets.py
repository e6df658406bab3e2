"""
Each target of `fuzz` for some seconds: the inputs that are kept, and what hypothesis makes of them.
`make fuzz` runs them longer, led by coverage.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz import exports, page, targets, training

CORPUS = Path(targets.__file__).parent / "corpus"
NUM_EXAMPLES, NUM_SLOW = 150, 15


@st.composite
def mutations(draw, kept: list[bytes]) -> bytes:
    """Pieces of the kept inputs, and other bytes between them."""
    pieces = []
    for _ in range(draw(st.integers(1, 3))):
        whole = draw(st.sampled_from(kept))
        start = draw(st.integers(0, len(whole)))
        pieces += [whole[start : start + draw(st.integers(0, len(whole)))], draw(st.binary())]
    return b"".join(pieces)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*seems not to be NE tag")
@pytest.mark.parametrize("name", targets.TARGETS)
def test_target(name: str) -> None:
    kept = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]
    assert kept
    for data in kept:
        targets.run(name, data)

    @settings(
        max_examples=NUM_SLOW if name in targets.SLOW else NUM_EXAMPLES,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(mutations(kept), st.binary()))
    def anything(data: bytes) -> None:
        targets.run(name, data)

    anything()


def test_the_configuration_that_is_changed_has_no_mistake() -> None:
    assert training.build(training.small_config()) is None


def test_a_target_tells_what_is_wrong(monkeypatch) -> None:
    """An error that is not documented is not swallowed."""

    def broken(*arguments: object, **options: object) -> None:
        raise KeyError("broken")

    readers = ("read_column_file", "read_vector_file", "read_spans", "unpack", "load", "tag_file")
    for name in readers:
        monkeypatch.setattr(targets, name, broken)
    monkeypatch.setattr(exports.ExportedTagger, "__init__", broken)
    monkeypatch.setattr(exports, "parse_line", broken)
    monkeypatch.setattr(training.train, "train_model", broken)
    for name in ("describe", "read", "tag", "alternatives", "download"):
        monkeypatch.setattr(page.DemoService, name, broken)
    page.app.cache_clear()
    for name in targets.TARGETS:
        data = min((CORPUS / name).iterdir()).read_bytes()
        with pytest.raises(KeyError, match="broken"):
            targets.run(name, data)
    page.app.cache_clear()
