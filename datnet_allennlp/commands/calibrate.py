"""`allennlp calibrate`: fits the temperature of a model's confidence and keeps it in an archive."""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.archive.limits import Limits, trusted
from datnet_allennlp.archive.manifest import write_manifest
from datnet_allennlp.archive.temporary import temporary_folder
from datnet_allennlp.archive.unpacking import unpack
from datnet_allennlp.commands.train import archive_model
from datnet_allennlp.data.local_copy import local_copy
from datnet_allennlp.data.whole_file import check_no_input
from datnet_allennlp.evaluation.batches import read_set
from datnet_allennlp.tagging import Tagger
from datnet_allennlp.tagging.calibration import (
    check_picture,
    expected_calibration_error,
    plot_reliability,
)
from datnet_allennlp.tagging.temperature import fit_temperatures


@Subcommand.register("calibrate")
class Calibrate(Subcommand):
    """
    allennlp calibrate ARCHIVE DEV -o NEW_ARCHIVE [--picture FILE]

    Registered as a `Subcommand` with name "calibrate". The temperature is the configuration's
    `model.temperature`, so whatever loads the new archive uses it.
    """

    def add_subparser(self, parser: Any) -> argparse.ArgumentParser:
        description = (
            "Fit, on sentences that the model was not trained on, the temperature that makes the "
            "confidence of its entities reliable on text like theirs, and write an archive that "
            "has it. No tag changes."
        )
        subparser: argparse.ArgumentParser = parser.add_parser(
            self.name, description=description, help="Make a tagger's confidence reliable."
        )
        subparser.add_argument("archive", help="a model.tar.gz")
        subparser.add_argument(
            "dev", help="tagged sentences as the archive's dataset reader reads them, dev.conll say"
        )
        subparser.add_argument("-o", "--output", required=True, help="the archive to write")
        subparser.add_argument(
            "--picture", help="draw reliability before and after, as .png or .svg for example"
        )
        subparser.set_defaults(func=_calibrate)
        return subparser


def _calibrate(args: argparse.Namespace) -> None:
    try:
        archive = local_copy(args.archive)
    except FileNotFoundError:
        archive = ""
    if not Path(archive).is_file():
        raise ConfigurationError(
            f"{args.archive}: found no such file, expected the archive of a model (model.tar.gz)"
        )
    target = Path(args.output)
    _check_outputs(args, target, archive)
    tagger = Tagger.load(archive)
    instances = read_set(tagger.dataset_reader, args.dev)
    try:
        fits = fit_temperatures(tagger, instances)
    except ConfigurationError as error:
        raise ConfigurationError(f"{args.dev}: {error.message}") from None
    for resource, fit in fits.items():
        before, after = map(expected_calibration_error, (fit.before, fit.after))
        print(
            f"{resource}: temperature {fit.temperature:.3f} from {fit.num_entities} entities in "
            f"{fit.num_sentences} sentences; calibration error {100 * before:.1f} % before, "
            f"{100 * after:.1f} % after; log loss an entity {fit.loss_before:.3f} before, "
            f"{fit.loss_after:.3f} after"
        )
    if args.picture:
        diagrams = {}
        for resource, fit in fits.items():
            diagrams[f"{resource} before"], diagrams[f"{resource} after"] = fit.before, fit.after
        plot_reliability(diagrams, args.picture)
    temperatures = {resource: fit.temperature for resource, fit in fits.items()}
    _write_archive(archive, temperatures, target)


def _check_outputs(args: argparse.Namespace, target: Path, archive: str) -> None:
    """Raises `ConfigurationError` for an output that cannot be written, or would be a loss."""
    if not target.name.endswith(".tar.gz"):
        raise ConfigurationError(
            f"{target}: found this name of an archive, expected one that ends in .tar.gz"
        )
    for path in (target, Path(args.picture or target)):
        if not path.parent.is_dir():
            raise ConfigurationError(
                f"{path}: found no folder '{path.parent}', expected one that is there"
            )
        if path.is_dir():
            raise ConfigurationError(f"{path}: found a folder, expected a file to write")
        check_no_input(path, (archive, args.dev), "another file to write")
    if args.picture:
        check_picture(args.picture)


def _write_archive(archive: str, temperatures: Mapping[str, float], target: Path) -> None:
    """A copy of the archive with these temperatures in its configuration."""
    with temporary_folder() as folder:
        unpack(Path(archive), folder, Limits.from_environment(), trusted())
        config_file = folder / "config.json"
        config = json.loads(config_file.read_text(encoding="utf-8"))
        model = config["model"]
        model["temperature"] = {**model.get("temperature", {}), **temperatures}
        config_file.write_text(json.dumps(config, indent=4), encoding="utf-8")
        write_manifest(folder, "weights.th")
        known = {"config.json", "weights.th", "vocabulary", "meta.json"}
        archive_model(folder, "weights.th", target, sorted(set(os.listdir(folder)) - known))
