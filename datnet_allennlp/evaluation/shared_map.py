"""A map of the shared encodings of several resources: their two principal components."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy
from sklearn.decomposition import PCA

from datnet_allennlp.evaluation.encoding_map import draw_equally


class SharedMap(NamedTuple):
    """
    # Parameters

    points : `dict[str, list[tuple[float, float]]]`
        For each resource, a point a sentence.
    explained : `tuple[float, float]`
        The share of the variance that each axis explains.
    """

    points: dict[str, list[tuple[float, float]]]
    explained: tuple[float, float]


def shared_map(encodings: Mapping[str, numpy.ndarray], seed: int = 0) -> SharedMap:
    """
    Equally many sentences of each resource are used, 250 at most, drawn at random.

    # Parameters

    encodings : `Mapping[str, numpy.ndarray]`
        For each resource, an array of the shape `(num_sentences, dim)`, see `shared_encodings`.
    seed : `int`, optional (default = 0)

    Raises `ConfigurationError` for a resource with fewer than two sentences.
    """
    pca = PCA(n_components=2, svd_solver="full")
    points = pca.fit_transform(draw_equally(encodings, 2, seed)).reshape(len(encodings), -1, 2)
    first, second = pca.explained_variance_ratio_.tolist()
    return SharedMap(
        {
            name: [(round(x, 4), round(y, 4)) for x, y in of_resource.tolist()]
            for name, of_resource in zip(encodings, points, strict=True)
        },
        (first, second),
    )
