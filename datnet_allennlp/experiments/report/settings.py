"""What a report shows of a grid: the key `report` of its specification, or sensible defaults."""

from dataclasses import asdict, dataclass, field
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.combinations import COMBINATIONS
from datnet_allennlp.experiments.paper_figures import TABLES

_REPLICATES = ("sample", "pair", "seed")
_COLUMNS = ("size", "ratio", "alpha", "epsilon")
# The effects of the paper's components, and of all that it adds to transfer, if the levels of
# `model` are models of its Table 4.
_CONTRASTS = (
    ("AT", "AT", "none"),
    ("discriminator", "AD", "none"),
    ("discriminator", "GRAD", "none"),
    ("discriminator", "GRAD", "AD"),
    ("architecture", "F", "P"),
    ("architecture", "F", "base"),
    ("architecture", "P", "base"),
    ("model", "DATNet-F", "F-Transfer"),
    ("model", "DATNet-P", "P-Transfer"),
)


@dataclass
class Settings:
    """
    # Parameters

    rows, columns : `list[str]`
        The factors that the tables' rows and columns stand for. By default the columns are those of
        `size`, `ratio`, `alpha` and `epsilon` that there are, and the rows all other factors.
    replicates : `list[str]`
        The factors that repeat the same trial: means are over them, and comparisons are paired
        within them. The first one is the unit that intervals resample, within it the others are. By
        default those of `sample`, `pair` and `seed` that there are.
    metric : `str`
        See `Result.value`. By default `test.conlleval.f1`, and of tuning `best_dev_f1`.
    paper : `dict[str, Any]`
        Where the paper's figures stand: the number of its `table`, and the keys that the factors do
        not say, such as `corpus`. See `paper_figures`.
    trials_over : `list[str]`
        The factors that were tuned, if any: each combination of their levels is a trial.
    note : `str`
        What a reader must know, such as what a short variant leaves out.
    contrasts : `list[dict[str, Any]]`
        The effects to estimate: `factor`, the level `of` interest and the one `against` it. By
        default the paper's components, the factors `architecture`, `discriminator` and `AT`, and
        DATNet against transfer alone, if there is a factor `model` with levels named as in
        `COMBINATIONS`.
    """

    rows: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    replicates: list[str] = field(default_factory=list)
    metric: str = ""
    paper: dict[str, Any] = field(default_factory=dict)
    trials_over: list[str] = field(default_factory=list)
    note: str = ""
    contrasts: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, place: str, given: dict[str, Any], factors: dict[str, list[Any]]) -> "Settings":
        """
        # Parameters

        place : `str`
            What errors begin with.
        given : `dict[str, Any]`
            Some of the parameters by name.
        factors : `dict[str, list[Any]]`
            The levels of each factor.

        Raises `ConfigurationError` for unknown keys, for a factor that does not exist and for one
        that has no place.
        """
        defaults = asdict(cls())
        for key, value in given.items():
            if key not in defaults or type(value) is not type(defaults[key]):
                raise ConfigurationError(
                    f"{place}: report.{key}: found {value!r}, expected one of the keys "
                    f"{', '.join(defaults)}, with lists of factors"
                )
        settings = cls(**given)
        settings.metric = settings.metric or (
            "best_dev_f1" if settings.trials_over else "test.conlleval.f1"
        )
        settings.replicates = settings.replicates or _among(_REPLICATES, factors)
        settings.columns = settings.columns or [
            factor for factor in _among(_COLUMNS, factors) if factor not in settings.rows
        ]
        aside = settings.replicates + settings.columns
        # Jsonnet has put the factors into alphabetical order.
        settings.rows = settings.rows or sorted(
            (factor for factor in factors if factor not in aside),
            key=lambda factor: factor != "model",
        )
        placed = settings.rows + settings.columns + settings.replicates
        if sorted(placed) != sorted(factors) or not set(settings.trials_over) <= set(factors):
            raise ConfigurationError(
                f"{place}: report: found rows, columns and replicates {', '.join(placed)} and "
                f"trials_over {settings.trials_over}, expected each of the factors "
                f"{', '.join(factors)} once"
            )
        keys = ("factor", "of", "against")
        if not settings.contrasts and not COMBINATIONS.keys().isdisjoint(factors.get("model", [])):
            settings.contrasts = [dict(zip(keys, each, strict=True)) for each in _CONTRASTS]
        known = {*factors, "architecture", "discriminator", "AT"}
        for contrast in settings.contrasts:
            if contrast.keys() != set(keys) or contrast["factor"] not in known:
                raise ConfigurationError(
                    f"{place}: report.contrasts: found {contrast}, expected the keys "
                    f"{', '.join(keys)} with a factor among {', '.join(sorted(known))}"
                )
        if settings.paper and settings.paper.get("table") not in TABLES:
            raise ConfigurationError(
                f"{place}: report.paper: found {settings.paper}, expected a 'table' of "
                f"{', '.join(map(str, TABLES))}"
            )
        return settings


def _among(names: tuple[str, ...], factors: dict[str, list[Any]]) -> list[str]:
    return [name for name in names if name in factors]
