"""The order in which the forms of a word are looked up among the word vectors."""

from typing import Any, Iterator, List, Optional

from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.standalone.word_forms import FORMS, forms_of
from datnet_allennlp.standalone.word_forms import word_class as word_class


class WordLookup(Registrable):
    """Yields the forms under which a word may have a vector; the first that has one is used."""

    default_implementation = "fallback"

    def forms(self, word: str) -> Iterator[str]:
        raise NotImplementedError

    def __eq__(self, other: Any) -> bool:
        # As AllenNLP's indexers, which hold one, so that a copied instance equals its original.
        return type(self) is type(other) and self.__dict__ == other.__dict__


@WordLookup.register("fallback")
class FallbackLookup(WordLookup):
    """
    Registered as a `WordLookup` with name "fallback".

    # Parameters

    order : `List[str]`, optional (default = `["exact", "lowercase", "class"]`)
        What is tried, first to last: the word as it is (`exact`), in lower case (`lowercase`),
        its class, cased and then in lower case (`class`, see `word_class`).

    Raises `ConfigurationError` for any other name, and for none.
    """

    def __init__(self, order: Optional[List[str]] = None) -> None:
        self.order = ["exact", "lowercase", "class"] if order is None else list(order)
        if not self.order:
            raise ConfigurationError(
                f"lookup.order: found no form of a word, expected some of {sorted(FORMS)}"
            )
        for step in self.order:
            if step not in FORMS:
                raise ConfigurationError(
                    f"lookup.order: found '{step}', expected one of {sorted(FORMS)}"
                )

    def forms(self, word: str) -> Iterator[str]:
        return forms_of(word, self.order)
