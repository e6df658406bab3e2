"""What is known of a sentence beside its tensors."""

from collections.abc import Iterator, Mapping
from typing import Any, Dict, List, Optional


class SentenceMetadata(Mapping[str, Any]):
    """
    The mapping `{"words": words, "origin": origin}`. AllenNLP searches the dictionaries and lists
    of each batch for tensors, word by word; it leaves this alone.

    # Parameters

    words : `List[str]`
    origin : `str`, optional
        Where the sentence stands, as `file:line`.
    """

    __slots__ = ("words", "origin")

    def __init__(self, words: List[str], origin: Optional[str] = None) -> None:
        self.words = words
        self.origin = origin

    def __getitem__(self, key: str) -> Any:
        if key == "words":
            return self.words
        if key == "origin":
            return self.origin
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.__slots__)

    def __len__(self) -> int:
        return len(self.__slots__)

    def to_json(self) -> Dict[str, Any]:
        """For AllenNLP's output of predictions."""
        return dict(self)

    def __repr__(self) -> str:
        return repr(dict(self))
