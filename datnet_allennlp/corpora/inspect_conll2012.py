"""Reads the columns of CoNLL-2012, in which OntoNotes is handed out: entities in brackets."""

import re

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.own_text import OwnText
from datnet_allennlp.corpora.tagged_file import TaggedFile
from datnet_allennlp.data.column_file import ColumnSentence

_BEGIN = "#begin document"
_TOKEN, _ENTITY = 3, 10
# `(PERSON*` begins an entity, `*` goes on, `*)` ends it, and `(GPE)` is one of its own.
_CELL = re.compile(r"(?:\(([^()*\s]+))?\*?(\))?")


def is_conll2012(text: OwnText) -> bool:
    """Whether it begins as such a file does."""
    return next((line for line in text.lines if line.strip()), "").startswith(_BEGIN)


def read_conll2012(text: OwnText) -> TaggedFile:
    """
    # Parameters

    text : `OwnText`

    Raises `ConfigurationError`, naming file and line, for fewer columns than those up to the
    entities, brackets that do not fit, and a file whose words have been taken out.
    """
    file = TaggedFile(text.path, [], [])
    document, inside = 0, ""
    sentence = ColumnSentence(str(text.path), 0, [], [])
    for number, line in enumerate(text.lines, start=1):
        where = f"{text.path}:{number}"
        document += line.startswith(_BEGIN)
        if not line.strip() or line.startswith("#"):
            if inside:
                raise ConfigurationError(f"{where}: found no ')' after '({inside}', expected one")
            sentence = ColumnSentence(str(text.path), number + 1, [], [])
            continue
        row = line.split()
        if len(row) <= _ENTITY:
            raise ConfigurationError(
                f"{where}: found {len(row)} column(s), expected {_ENTITY + 1} or more, the last of "
                "these with the entities, as in CoNLL-2012"
            )
        if row[_TOKEN] == "[WORD]":
            raise ConfigurationError(
                f"{where}: found '[WORD]', expected the words, which skeleton2conll.sh of "
                "CoNLL-2012 puts in from OntoNotes"
            )
        found = _CELL.fullmatch(row[_ENTITY])
        if found is None or (found[1] and inside) or (found[2] and not (found[1] or inside)):
            raise ConfigurationError(
                f"{where}: found the entity {row[_ENTITY]!r}, expected '(TYPE*', '*', '*)' or "
                "'(TYPE)', one within no other"
            )
        if not sentence.tokens:
            file.sentences.append(sentence)
            file.documents.append(document)
        begins, inside = found[1] is not None, found[1] or inside
        sentence.tokens.append(row[_TOKEN])
        sentence.tags.append(f"{'B' if begins else 'I'}-{inside}" if inside else "O")
        inside = "" if found[2] else inside
    return file
