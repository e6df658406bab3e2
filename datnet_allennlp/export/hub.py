"""Puts a model onto a hub of Hugging Face's kind."""

import tarfile
from pathlib import Path

from allennlp.common.checks import ConfigurationError
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import RequestException, Timeout

from datnet_allennlp.standalone.folder import MANIFEST, Folder
from datnet_allennlp.standalone.refusal import Refusal
from datnet_allennlp.standalone.tagger import SETTINGS

_ARCHIVE = "model.tar.gz"


def push(
    archive: str,
    card: str,
    repository: str,
    public: bool = False,
    message: str = "Model and its card",
) -> str:
    """
    Puts an archive, under the name `model.tar.gz`, or the files of an exported folder, and the card
    as `README.md`, into a repository in one commit. The hub is the one of the environment variable
    HF_ENDPOINT; HF_TOKEN, or what `huggingface-cli login` kept, says who it is.

    # Parameters

    archive : `str`
        A `model.tar.gz`, the folder of a run that holds one, or an exported folder.
    card : `str`
    repository : `str`
        As `owner/name`, or `name` for one of the token's owner; made if it is not there.
    public : `bool`, optional (default = `False`)
        Whether a repository that is made is public.
    message : `str`, optional
        Of the commit.

    # Returns

    `str`
        The address of the repository.

    Raises `ConfigurationError` for a hub that cannot be reached or refuses.
    """
    operations = [
        CommitOperationAdd(name, str(file)) for name, file in _files(Path(archive)).items()
    ]
    operations.append(CommitOperationAdd("README.md", card.encode()))
    api = HfApi(library_name="datnet-allennlp")
    try:
        address = api.create_repo(repository, private=not public, exist_ok=True)
        api.create_commit(address.repo_id, operations, commit_message=message)
    except (NoConnection, Timeout):
        raise ConfigurationError(
            f"{repository}: found no connection to the hub at {api.endpoint}, expected one that "
            "can be reached (the environment variable HF_ENDPOINT names another)"
        ) from None
    except (HfHubHTTPError, HFValidationError, RequestException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ConfigurationError(
            f"{repository}: found a hub at {api.endpoint} that did not take the model ({reason}), "
            "expected owner/name and a token that may write (HF_TOKEN)"
        ) from None
    return str(address)


def _files(place: Path) -> dict[str, Path]:
    """What to upload, by its name in the repository."""
    if (place / MANIFEST).is_file() and (place / SETTINGS).is_file():
        try:
            return {name: place / name for name in (*Folder(place).names, MANIFEST)}
        except Refusal as error:
            raise ConfigurationError(str(error)) from None
    archive = place / _ARCHIVE if place.is_dir() else place
    if not (archive.is_file() and tarfile.is_tarfile(archive)):
        raise ConfigurationError(
            f"{place}: found no archive, expected a {_ARCHIVE}, the folder of a run or what "
            "`allennlp export` wrote"
        )
    return {_ARCHIVE: archive}
