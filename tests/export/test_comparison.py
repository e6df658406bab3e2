"""The figures of a comparison, counted by hand."""

import hashlib
import json
import shutil

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.tag_coding import Span
from datnet_allennlp.evaluation.gold_sentence import GoldSentence
from datnet_allennlp.export.comparison import compare
from datnet_allennlp.standalone.folder import MANIFEST
from datnet_allennlp.standalone.tagger import SETTINGS, ExportedTagger

TEXTS = ["Marla Vo is back in Dublin with the new Kestrel phone !", "nothing to see here"]


@pytest.fixture
def gold(exported) -> list[GoldSentence]:
    """What the export finds in the texts, so that it has found all."""
    found = [ExportedTagger(exported)(text.split()) for text in TEXTS]
    assert found[0].entities
    return [
        GoldSentence(each.tokens, [Span(e.first_token, e.end_token, e.type) for e in each.entities])
        for each in found
    ]


def test_the_same_model(tagger, exported, gold) -> None:
    found = compare(tagger, exported, gold, "target")
    assert found == (2, len(gold[0].spans), 1.0, 1.0, 0)
    # Half of the gold entities have another type than the model says.
    spans = gold[0].spans
    other = [GoldSentence(gold[0].tokens, [span._replace(entity_type="moon") for span in spans])]
    assert compare(tagger, exported, [gold[0], *other], "target")[:4] == (
        2,
        2 * len(spans),
        0.5,
        0.5,
    )


def test_an_export_that_tags_otherwise(tagger, exported, gold, tmp_path) -> None:
    """An export whose CRF begins no entity."""
    folder = tmp_path / "other"
    shutil.copytree(exported, folder)
    settings = json.loads((folder / SETTINGS).read_text())
    target = settings["resources"]["target"]
    outside = target["labels"].index("O")
    count = len(target["labels"])
    target["start"] = [0.0 if i == outside else None for i in range(count)]
    target["transitions"][outside] = list(target["start"])
    text = json.dumps(settings)
    (folder / SETTINGS).write_text(text)
    with pytest.raises(ConfigurationError, match=f"{SETTINGS}: found SHA-256 "):
        compare(tagger, folder, gold, "target")
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["sha256"][SETTINGS] = hashlib.sha256(text.encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert compare(tagger, folder, gold, "target") == (2, len(gold[0].spans), 1.0, 0.0, 1)
