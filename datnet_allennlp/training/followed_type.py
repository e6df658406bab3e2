"""Whether the dev set has the type of entity whose score chooses the weights."""

import re
from typing import Iterable, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import DataLoader

from datnet_allennlp.models import DatnetTagger

_OF_TYPE = re.compile(r"(?:(.*)/)?(?:precision|recall|f1-measure)-(?!overall$)(.+)")


def check_followed_type(
    metrics: Iterable[Tuple[float, str]], model: DatnetTagger, dev: DataLoader
) -> None:
    """
    A tagger gives no score of a type that it neither found nor was to find, which AllenNLP would
    notice after the first epoch.

    # Parameters

    metrics : `Iterable[Tuple[float, str]]`
        The signs and names of what a `MetricTracker` tracks.
    model : `DatnetTagger`
    dev : `DataLoader`
        Read only if one of the names is that of a type's score.

    Raises `ConfigurationError` that names the metric and the types that the dev set has.
    """
    for _, name in metrics:
        found = _OF_TYPE.fullmatch(name)
        if found is None:
            continue
        resource = found[1] or model.target
        types = {
            tag[2:]
            for instance in dev.iter_instances()
            if instance.fields["resource"].metadata == resource  # type: ignore[attr-defined]
            for tag in instance.fields["tags"].labels  # type: ignore[attr-defined]
        } - {""}
        if found[2] not in types:
            raise ConfigurationError(
                f"trainer.validation_metric: found '{name}', expected the score of a type of "
                f"entity that the dev set of '{resource}' has, one of {sorted(types)}"
            )
