import re

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.brat import BratOutput


def test_entities_by_characters_of_the_text(write, tagged_texts) -> None:
    path = write(BratOutput(), tagged_texts, "out.ann")
    text = path.with_suffix(".txt").read_bytes().decode()
    assert text.split("\n")[:-1] == [re.sub("[\r\n]", " ", each.text) for each in tagged_texts]
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    entities = [entity for tagged in tagged_texts for entity in tagged.entities]
    assert len(lines) == 2 * len(entities)
    for number, entity in enumerate(entities, start=1):
        name, place, covered = lines[2 * number - 2]
        entity_type, start, end = place.split()
        assert (name, entity_type) == (f"T{number}", entity.type)
        assert text[int(start) : int(end)] == covered == entity.text
        note = [f"#{number}", f"AnnotatorNotes T{number}", f"confidence {entity.confidence:.6f}"]
        assert lines[2 * number - 1] == note


def test_a_text_that_is_there_is_left_alone(tmp_path) -> None:
    (tmp_path / "out.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="out.txt: found a file, expected none"):
        with BratOutput().open(str(tmp_path / "out.ann")):
            pass
    assert (tmp_path / "out.txt").read_text() == "mine"
    with pytest.raises(ConfigurationError, match="found '-' for brat, expected a name in .ann"):
        with BratOutput().open("-"):
            pass
