"""The page that embeds all tables and figures of some grids."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from allennlp.common.tqdm import Tqdm

from datnet_allennlp.experiments.files import write_whole
from datnet_allennlp.experiments.report.cells import cells_table
from datnet_allennlp.experiments.report.curves import draw_curves
from datnet_allennlp.experiments.report.effects import draw_effects, effects_table, find_effects
from datnet_allennlp.experiments.report.gains import gains_table
from datnet_allennlp.experiments.report.gather import make_grids
from datnet_allennlp.experiments.report.grid import Grid, Levels, show_levels
from datnet_allennlp.experiments.report.kinds import kinds_table
from datnet_allennlp.experiments.report.maps import draw_maps
from datnet_allennlp.experiments.report.result import read_results
from datnet_allennlp.experiments.report.scores import scores_table
from datnet_allennlp.experiments.report.table import Table
from datnet_allennlp.experiments.report.trials import draw_trials, find_trials, trials_table


def write_report(
    results: Sequence[Path],
    folder: Path,
    plans: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    method_version: int | None = None,
    command: str = "",
) -> Path:
    """
    Writes `report.md` and, beside it, its tables as `.csv` and `.tex` and its figures as `.png` and
    `.svg`.

    # Parameters

    results : `Sequence[Path]`
        Files of results, or folders with them.
    folder : `Path`
        Where to write.
    plans : `Mapping[str, Mapping[str, Any]]`, optional
        The specifications of the results, by their names; see `read_plans`.
    method_version : `int`, optional
        See `make_grids`.
    command : `str`, optional
        How to make the page again.

    # Returns

    `Path`
        Of the page.

    Raises `ConfigurationError` for results and specifications that are none or do not fit.
    """
    grids = make_grids(read_results(results), plans, method_version)
    folder.mkdir(parents=True, exist_ok=True)
    parts = ["# Results"]
    if command:
        parts.append(f"Made by `{command}`.")
    for grid in Tqdm.tqdm(grids, desc="reporting"):
        parts += [f"## {grid.name}", *_section(grid, folder)]
    page = folder / "report.md"
    write_whole(page, "\n\n".join(parts) + "\n")
    return page


def _section(grid: Grid, folder: Path) -> Iterator[str]:
    yield from filter(None, (grid.settings.note, _provenance(grid), _completeness(grid)))
    yield from grid.notes
    yield from _table(scores_table(grid), folder)
    yield from _figure(draw_curves(grid, folder), "F1: mean and one standard deviation")
    if effects := find_effects(grid):
        yield "### Main effects"
        yield from _table(effects_table(grid, effects), folder)
        yield from _figure(draw_effects(grid, effects, folder), "main effects, 95 % intervals")
    if gains := gains_table(grid):
        yield "### What more sentences bring"
        yield from _table(gains, folder)
    yield "### Cells"
    yield from _table(cells_table(grid), folder)
    if kinds := kinds_table(grid):
        yield "### Kinds of scores"
        yield from _table(kinds, folder)
    yield from _figure(draw_maps(grid, folder), "t-SNE of shared encodings of held-out sentences")
    if trials := find_trials(grid):
        yield "### Tuning"
        yield from _table(trials_table(grid, trials), folder)
        yield from _figure(draw_trials(grid, trials, folder), "expected best of the trials")


def _table(table: Table, folder: Path) -> Iterator[str]:
    table.write(folder)
    yield table.markdown()
    yield f"([CSV]({table.name}.csv), [LaTeX]({table.name}.tex))"


def _figure(path: Path | None, caption: str) -> Iterator[str]:
    if path is not None:
        yield f"![{caption}]({path.name})"


def _provenance(grid: Grid) -> str:
    """What the results rest on."""
    lines = [result.line for result in grid.results.values()]
    data: dict[str, Counter[str]] = {}
    for line in lines:
        for path, digest in line.get("data", {}).items():
            data.setdefault(path, Counter())[digest] += 1
    facts = {
        "version of the method": grid.method_version,
        "commits": _distinct(line.get("commit") for line in lines),
        "seeds": _distinct(line.get("seed") for line in lines),
        "versions": _distinct(
            ", ".join(f"{name} {each}" for name, each in line.get("versions", {}).items())
            for line in lines
        ),
        "data (SHA-256)": "; ".join(
            f"{path} {', '.join(digests)}" for path, digests in sorted(data.items())
        ),
        "hours of training": f"{sum(line.get('seconds', 0) for line in lines) / 3600:.1f}",
    }
    return "\n".join(f"- {name}: {fact}" for name, fact in facts.items())


def _distinct(values: Any) -> str:
    return "; ".join(str(each) for each in dict.fromkeys(values) if each not in (None, ""))


def _completeness(grid: Grid) -> str:
    """How many cells are there, and which are missing, by the levels of all but the replicates."""
    missing = grid.missing
    number = f"{len(grid.planned) - len(missing)} of {len(grid.planned)} cells are there"
    if not missing:
        return f"{number}."
    by_cell: dict[Levels, list[str]] = {}
    for levels in missing:
        cell = grid.levels(grid.settings.rows + grid.settings.columns, levels)
        replicate = show_levels(grid.levels(grid.settings.replicates, levels))
        by_cell.setdefault(cell, []).append(replicate)
    # Most cells lack the same ones.
    by_replicates: dict[str, list[str]] = {}
    for cell, replicates in by_cell.items():
        by_replicates.setdefault("; ".join(replicates), []).append(show_levels(cell))
    name = ", ".join(grid.settings.replicates)
    return f"**Unfinished: {number}.** Missing:\n\n" + "\n".join(
        f"- {name} {replicates}: {'; '.join(cells)}" for replicates, cells in by_replicates.items()
    )
