"""
A spaCy component: `nlp.add_pipe("datnet", config={"archive": "model.tar.gz"})`. The entry point
`spacy_factories` tells spaCy of it wherever this package is installed.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from allennlp.common.checks import ConfigurationError
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import minibatch

from datnet_allennlp.data.local_copy import local_copy
from datnet_allennlp.data.whole_file import whole_file
from datnet_allennlp.standalone.folder import MANIFEST
from datnet_allennlp.standalone.refusal import Refusal
from datnet_allennlp.standalone.tagger import SETTINGS, ExportedTagger
from datnet_allennlp.tagging import Tagger
from datnet_allennlp.tagging.formats.spacy_doc import SPANS_KEY

_ARCHIVE = "archive"
_OPTIONS = "options.json"


class DatnetComponent(Pipe):
    """
    Tags spaCy's own tokens; white space among them is left out. The entities replace those in
    `doc.ents`, and stand again in `doc.spans["entities"]`, whose `attrs["scores"]` are their
    confidences.

    # Parameters

    name : `str`
    archive : `str | None`
        A `model.tar.gz`, its URL, the folder of a run, or one that `allennlp export` wrote. It is
        loaded for the first document, since a pipeline that `spacy.load` reads has its own copy.
    threshold : `float`
        Entities of a lower confidence are left out.
    """

    def __init__(self, name: str, archive: str | None, threshold: float) -> None:
        self.name = name
        self.archive = archive
        self.threshold = threshold
        self._tagger: Tagger | ExportedTagger | None = None

    @property
    def tagger(self) -> Tagger | ExportedTagger:
        """Raises `ConfigurationError` for an archive that cannot be loaded."""
        if self._tagger is None:
            if self.archive is None:
                raise ConfigurationError(
                    f"components.{self.name}.archive: found none, expected the archive of a model "
                    "or an exported folder"
                )
            try:
                if all((Path(self.archive) / name).is_file() for name in (MANIFEST, SETTINGS)):
                    self._tagger = ExportedTagger(self.archive, self.threshold)
                else:
                    self._tagger = Tagger.load(self.archive, threshold=self.threshold)
            except Refusal as error:
                raise ConfigurationError(str(error)) from error
        return self._tagger

    def __call__(self, doc: Doc) -> Doc:
        self._annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 1000) -> Iterator[Doc]:
        """Tags the documents of a batch together."""
        handle_error = self.get_error_handler()
        for docs in minibatch(stream, size=batch_size):
            try:
                self._annotate(docs)
            except Exception as error:
                handle_error(self.name, cast(Any, self), docs, error)
            else:
                yield from docs

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Writes a copy of the archive, or of the exported folder, and the threshold."""
        self.tagger  # noqa: B018  (what cannot be loaded is not copied)
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        source, target = Path(local_copy(cast(str, self.archive))), folder / _ARCHIVE
        # A pipeline may be written over itself, and over one with another archive.
        if not (target.exists() and target.samefile(source)):
            if target.is_dir():
                shutil.rmtree(target)
            if source.is_dir():
                target.unlink(missing_ok=True)
                shutil.copytree(source, target)
            else:
                with source.open("rb") as archive, whole_file(target) as copy:
                    shutil.copyfileobj(archive, copy)
        options = json.dumps({"threshold": self.threshold})
        (folder / _OPTIONS).write_text(options, encoding="utf-8")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "DatnetComponent":
        """Reads what `to_disk` wrote."""
        folder = Path(path)
        options = json.loads((folder / _OPTIONS).read_text(encoding="utf-8"))
        self.archive, self.threshold = str(folder / _ARCHIVE), float(options["threshold"])
        self._tagger = None
        return self

    def _annotate(self, docs: Sequence[Doc]) -> None:
        places = [[token.i for token in doc if not token.is_space] for doc in docs]
        texts = [[doc[i].text for i in found] for doc, found in zip(docs, places, strict=True)]
        for doc, found, tagged in zip(docs, places, self.tagger.pipe(texts), strict=True):
            spans = [
                Span(doc, found[each.first_token], found[each.end_token - 1] + 1, each.type)
                for each in tagged.entities
            ]
            scores = [entity.confidence for entity in tagged.entities]
            doc.set_ents(spans)
            doc.spans[SPANS_KEY] = SpanGroup(
                doc, name=SPANS_KEY, spans=spans, attrs={"scores": scores}
            )


@Language.factory(
    "datnet",
    assigns=["doc.ents", "doc.spans", "token.ent_iob", "token.ent_type"],
    default_config={"archive": None, "threshold": 0.0},
)
def make_component(
    nlp: Language, name: str, archive: str | None, threshold: float
) -> DatnetComponent:
    """What `nlp.add_pipe("datnet")` calls."""
    return DatnetComponent(name, archive, threshold)
