"""What one factor of a grid does, all else equal."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
from allennlp.common.checks import ConfigurationError
from scipy import stats

from datnet_allennlp.evaluation.significance import hierarchical_bootstrap


def main_effect(
    rows: Sequence[Mapping[str, Any]],
    factor: str,
    level: Any,
    against: Any,
    score: str = "score",
    clusters: Sequence[str] = ("pair",),
) -> dict[str, Any]:
    """
    The effect of one level of a factor against another: the differences in score of rows that agree
    in all other factors, pooled over these.

    Rows of the same sample and seed are not independent of each other, so the interval is that of
    `hierarchical_bootstrap` over these. The other factors (sizes, models) are set by the design:
    the differences within a sample and seed are averaged and not resampled. The standard error is
    at least what it would be if all differences at the same levels of these were independent: the
    means of a few samples can agree by chance (Angrist and Pischke, 2009, chapter 8, take the
    larger of the two as well).

    # Parameters

    rows : `Sequence[Mapping[str, Any]]`
        Each holds a level for every factor, and the score. Rows of other levels of `factor` than
        the two are left out.
    factor : `str`
        For example `"discriminator"`.
    level, against : `Any`
        For example `"GRAD"` and `"AD"`.
    score : `str`, optional (default = `"score"`)
        The key of the score.
    clusters : `Sequence[str]`, optional (default = `("pair",)`)
        The factors that name sample and seed, the outer first: `("sample", "seed")` where there are
        several seeds for each sample.

    # Returns

    `dict[str, Any]`

    - `mean`: of the differences; each sample counts the same, however many it has.
    - `sd`, `n`: of the differences; `nan` for one.
    - `low`, `high`, `p_value`: 95 % interval and p-value over samples and seeds, see
      `hierarchical_bootstrap`; `num_clusters` is how many of the outer ones there are.
    - `t_p_value`, `wilcoxon_p_value`: SciPy's tests over all differences, as if independent.
    - `unpaired`: how many rows of the two levels have no partner and are left out.

    Raises `ConfigurationError` if a row lacks the factor, the score or a cluster, if two rows agree
    in all factors, or if there is no pair.
    """
    others: dict[tuple, dict[Any, float]] = {}
    for row in rows:
        missing = [key for key in (factor, score, *clusters) if key not in row]
        if missing:
            raise ConfigurationError(
                f"main effect of {factor}: found the row {dict(row)}, expected {missing} in it"
            )
        if row[factor] not in (level, against):
            continue
        rest = {key: value for key, value in row.items() if key not in (factor, score)}
        # The clusters lead, in their order.
        names = [*clusters, *sorted(rest.keys() - set(clusters))]
        scores = others.setdefault(tuple((name, rest[name]) for name in names), {})
        if row[factor] in scores:
            raise ConfigurationError(
                f"main effect of {factor}: found two rows with {factor}={row[factor]} and {rest}, "
                "expected one (name what tells them apart)"
            )
        scores[row[factor]] = float(row[score])
    pairs = {key: found for key, found in others.items() if len(found) == 2}
    if not pairs:
        raise ConfigurationError(
            f"main effect of {factor}: found no rows that differ in nothing else than "
            f"{level} against {against}, expected at least one pair"
        )
    by_cluster = {key: found[level] - found[against] for key, found in pairs.items()}
    differences = numpy.array(list(by_cluster.values()))
    few = len(differences) < 2
    interval = hierarchical_bootstrap(
        _nest(by_cluster, len(clusters)),
        least_error=_error_if_independent(by_cluster, len(clusters)),
    )
    return {
        "factor": factor,
        "level": level,
        "against": against,
        "mean": interval.mean,
        "sd": float("nan") if few else float(differences.std(ddof=1)),
        "n": len(differences),
        "low": interval.low,
        "high": interval.high,
        "p_value": interval.p_value,
        "num_clusters": interval.n,
        "t_p_value": float("nan") if few else float(stats.ttest_1samp(differences, 0).pvalue),
        "wilcoxon_p_value": float(stats.wilcoxon(differences).pvalue),
        "unpaired": len(others) - len(pairs),
    }


def _nest(differences: Mapping[tuple, float], depth: int) -> Any:
    """Levels of differences by the first `depth` parts of their keys, means below these."""
    if not depth:
        return float(numpy.mean(list(differences.values())))
    groups: dict[Any, dict[tuple, float]] = {}
    for (first, *rest), value in differences.items():
        groups.setdefault(first, {})[tuple(rest)] = value
    return [_nest(group, depth - 1) for group in groups.values()]


def _error_if_independent(differences: Mapping[tuple, float], depth: int) -> float:
    """The error of the mean, from how differences vary that agree in all but the clusters."""
    by_design: dict[tuple, list[float]] = defaultdict(list)
    for key, value in differences.items():
        by_design[key[depth:]].append(value)
    degrees = len(differences) - len(by_design)
    if not degrees:
        return 0.0
    squares = sum(float(numpy.var(values)) * len(values) for values in by_design.values())
    # Each sample counts the same in the mean, however many differences it has.
    sizes = Counter(first for first, *_ in differences).values()
    return float(numpy.sqrt(squares / degrees * sum(1 / size for size in sizes))) / len(sizes)
