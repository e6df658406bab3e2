"""A map of the shared encodings of several resources, for people to look at."""

from collections.abc import Mapping

import numpy
from allennlp.common.checks import ConfigurationError
from sklearn.manifold import TSNE

_MOST = 250  # sentences of a resource, that points can be told apart
_FEWEST = 4
_PERPLEXITY = 30.0  # scikit-learn's default; it must be less than the number of points

Point = tuple[float, float]


def draw_equally(encodings: Mapping[str, numpy.ndarray], fewest: int, seed: int) -> numpy.ndarray:
    """
    Equally many sentences of each resource, 250 at most, drawn at random from those whose encodings
    differ. A line that a corpus repeats would be an island of its own on a map, far from the rest.

    # Parameters

    encodings : `Mapping[str, numpy.ndarray]`
        One array of the shape `(num_sentences, dim)` for each resource.
    fewest : `int`
        How many of each a map needs.
    seed : `int`

    # Returns

    `numpy.ndarray`, shape `(num_resources * num_drawn, dim)`, one resource after the other.

    Raises `ConfigurationError` for a resource of fewer.
    """
    # In another batch the same sentence may differ in the last digits.
    firsts = [
        numpy.unique(each.round(4), axis=0, return_index=True)[1] for each in encodings.values()
    ]
    distinct = [each[kept] for each, kept in zip(encodings.values(), firsts, strict=True)]
    number = min(_MOST, *map(len, distinct))
    if number < fewest:
        raise ConfigurationError(
            f"map of the encodings: found {number} different sentences of a resource, expected at "
            f"least {fewest}"
        )
    rng = numpy.random.default_rng(seed)
    return numpy.concatenate([rng.permutation(each)[:number] for each in distinct])


def encoding_map(encodings: Mapping[str, numpy.ndarray], seed: int = 0) -> dict[str, list[Point]]:
    """
    The t-SNE (van der Maaten and Hinton, 2008; scikit-learn's) of sentences of all resources
    together (figure 3). Equally many of each are used, see `draw_equally`.

    # Parameters

    encodings : `Mapping[str, numpy.ndarray]`
        One array of the shape `(num_sentences, dim)` for each resource.
    seed : `int`, optional (default = 0)

    # Returns

    `dict[str, list[tuple[float, float]]]`
        The points of each resource. Distances between them mean something, axes and scale do not.

    Raises `ConfigurationError` for a resource of fewer than four sentences.
    """
    drawn = draw_equally(encodings, _FEWEST, seed)
    perplexity = min(_PERPLEXITY, (len(drawn) - 1) / 3)
    tsne = TSNE(init="pca", random_state=seed, perplexity=perplexity)
    points = tsne.fit_transform(drawn).reshape(len(encodings), -1, 2)
    return {
        name: [(round(float(x), 2), round(float(y), 2)) for x, y in of_resource]
        for name, of_resource in zip(encodings, points, strict=True)
    }
