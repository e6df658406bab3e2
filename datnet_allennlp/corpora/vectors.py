"""The word vectors that the training configurations look for."""

from pathlib import Path

from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from datnet_allennlp.corpora.checksum import in_place, read_checksums, verify
from datnet_allennlp.corpora.place import place

EXPECTED = ("en.50d.txt.gz", "es.50d.txt.gz", "nl.50d.txt.gz")
"""The files that the training configurations name."""


def take_vectors(source: Path, target: Path, copy: bool = False) -> list[str]:
    """
    Links or copies the word vectors (`*.txt.gz`) that are listed in the `SHA256SUMS` of a folder.
    Those that the target has already are left alone.

    # Parameters

    source : `Path`
        The folder with the vectors and `SHA256SUMS`.
    target : `Path`
        Where to put them.
    copy : `bool`, optional (default = `False`)
        Copy the files instead of linking to them.

    # Returns

    `List[str]`
        The names of the files that are now in place.

    Raises `ConfigurationError` if a listed file is missing or has another sum, if a file is not
    listed, or if there are no vectors at all. Nothing is replaced then.
    """
    listing = source / "SHA256SUMS"
    sums = {n: s for n, s in read_checksums(listing).items() if n.endswith(".txt.gz")}
    names = sorted({*sums, *(path.name for path in source.glob("*.txt.gz"))})
    if not names:
        raise ConfigurationError(f"{source}: found no *.txt.gz, expected word vectors")
    wanted = []
    for name in Tqdm.tqdm(names, desc="checking word vectors"):
        if Path(name).name != name:
            raise ConfigurationError(f"{listing}: found '{name}', expected a name without folders")
        if name not in sums:
            raise ConfigurationError(f"{listing}: no sum for {name}. Add it with `sha256sum`.")
        if not in_place(target / name, sums[name], copy):
            verify(source / name, sums[name], f"The sum stands in {listing}. Nothing was replaced.")
            wanted.append(source / name)
    place(wanted, target, copy)
    return names


def missing_vectors(folder: Path) -> str:
    """
    Says which word vectors the user still has to provide, and in which format.

    # Returns

    `str`
        The empty string if none is missing.
    """
    missing = [str(folder / name) for name in EXPECTED if not (folder / name).is_file()]
    if not missing:
        return ""
    return (
        "Word vectors have no public home to download them from. The training configurations look "
        f"for {', '.join(missing)}: word2vec text format, gzipped. The first line is "
        "'<number of words> 50', each further line is one word and its 50 numbers, parted by "
        "single blanks, UTF-8."
    )
