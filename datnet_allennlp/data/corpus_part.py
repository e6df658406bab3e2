"""Which sentences of which files a data path stands for."""

import random
from copy import deepcopy
from typing import Any, Dict, List, Mapping, Optional, Union

from allennlp.common import FromParams, Params
from allennlp.common.checks import ConfigurationError


class HeldOut(FromParams):
    """
    Parts sentences in two: some that are held out, for a dev set say, and the rest.

    # Parameters

    share : `float`
        How much is held out, above 0 and below 1. Rounded; each part holds one sentence at least.
    take : `str`
        Which part this is: `held_out` or `rest`.
    seed : `int`, optional (default = 0)
        Which sentences are held out; the same for both parts.
    """

    def __init__(self, share: float, take: str, seed: int = 0) -> None:
        if not 0 < share < 1:
            raise ConfigurationError(f"part.share: found {share}, expected above 0 and below 1")
        if take not in ("held_out", "rest"):
            raise ConfigurationError(f"part.take: found '{take}', expected 'held_out' or 'rest'")
        self.share = share
        self.take = take
        self.seed = seed

    def of(self, numbers: List[int]) -> List[int]:
        """This part of some numbered sentences, in their order."""
        if len(numbers) < 2:
            raise ConfigurationError(
                f"part: found {len(numbers)} sentence(s) to part in two, expected at least 2"
            )
        size = min(max(1, round(len(numbers) * self.share)), len(numbers) - 1)
        held_out = set(random.Random(self.seed).sample(numbers, size))
        return [number for number in numbers if (number in held_out) == (self.take == "held_out")]


class CorpusPart(FromParams):
    """
    Some sentences of one or more files, which are one corpus. In a configuration: a path, a list of
    paths, or a mapping with these keys.

    # Parameters

    path : `Union[str, List[str]]`
    max_sentences : `int`, optional
        Use this many sentences only.
    fraction : `float`, optional
        Use this share (0 to 1) of the sentences only, rounded, at least one.
    sample_seed : `int`, optional
        Which sentences `max_sentences` or `fraction` leave: a random sample with this seed, in
        file order, or, without a seed, the first ones.
    complement : `bool`, optional (default = `False`)
        Use the sentences that these three leave out instead.
    part : `HeldOut`, optional
        Parts what is left in two and takes one of them.

    Raises `ConfigurationError` for values out of range, unknown keys and an empty list of paths.
    """

    def __init__(
        self,
        path: Union[str, List[str]],
        max_sentences: Optional[int] = None,
        fraction: Optional[float] = None,
        sample_seed: Optional[int] = None,
        complement: bool = False,
        part: Optional[HeldOut] = None,
    ) -> None:
        self.paths = [str(one) for one in path] if isinstance(path, list) else [str(path)]
        if not self.paths:
            raise ConfigurationError("a data path: found an empty list, expected at least one file")
        if max_sentences is not None and fraction is not None:
            raise ConfigurationError(
                "found both max_sentences and fraction, expected at most one of them"
            )
        if max_sentences is not None and max_sentences < 1:
            raise ConfigurationError(f"max_sentences: found {max_sentences}, expected at least 1")
        if fraction is not None and not 0 < fraction <= 1:
            raise ConfigurationError(f"fraction: found {fraction}, expected above 0, at most 1")
        self.max_sentences = max_sentences
        self.fraction = fraction
        self.sample_seed = sample_seed
        self.complement = complement
        self.part = part

    @classmethod
    def of(cls, data_path: Union[str, List[str], Mapping[str, Any]]) -> "CorpusPart":
        """From what stands in a configuration."""
        if isinstance(data_path, Mapping):
            keys: Dict[str, Any] = deepcopy(dict(data_path))  # what `Params` reads, it takes
            if "path" not in keys:
                raise ConfigurationError(
                    f"a data path: found the keys {sorted(keys)}, expected 'path' among them"
                )
            return cls.from_params(Params(keys))
        return cls(data_path)

    @property
    def is_whole(self) -> bool:
        """Whether all sentences are used."""
        is_sample = self.max_sentences is not None or self.fraction is not None
        return not is_sample and not self.complement and self.part is None

    @property
    def is_start(self) -> bool:
        """Whether it is the first `max_sentences` sentences."""
        is_first = self.max_sentences is not None and self.sample_seed is None
        return is_first and not self.complement and self.part is None

    def chosen(self, total: int) -> List[int]:
        """Which of `total` sentences are used, counted from 0, in file order."""
        wanted = total
        if self.max_sentences is not None:
            wanted = min(self.max_sentences, total)
        elif self.fraction is not None:
            wanted = max(1, round(total * self.fraction))
        numbers = list(range(wanted))
        if self.sample_seed is not None:
            numbers = sorted(random.Random(self.sample_seed).sample(range(total), wanted))
        if self.complement:
            numbers = sorted(set(range(total)).difference(numbers))
            if not numbers:
                raise ConfigurationError(
                    f"complement: found that all {total} sentences of {self.paths} are used, "
                    "expected some that max_sentences or fraction leave out"
                )
        return numbers if self.part is None else self.part.of(numbers)
