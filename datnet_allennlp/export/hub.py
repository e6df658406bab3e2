"""Puts a model onto a hub of Hugging Face's kind."""

import os
from pathlib import Path

from allennlp.common.checks import ConfigurationError
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from requests.exceptions import RequestException


def push(archive: str, card: str, repository: str, public: bool = False) -> str:
    """
    Puts an archive, under the name `model.tar.gz`, or all files of an exported folder, and the card
    as `README.md`, into a repository in one commit. The hub is the one of the environment variable
    HF_ENDPOINT; HF_TOKEN, or what `huggingface-cli login` kept, says who it is.

    # Parameters

    archive : `str`
    card : `str`
    repository : `str`
        As `owner/name`; made if it is not there.
    public : `bool`, optional (default = `False`)
        Whether a repository that is made is public.

    # Returns

    `str`
        The address of the repository.

    Raises `ConfigurationError` for a hub that cannot be reached or refuses.
    """
    place = Path(archive)
    files = [place] if place.is_file() else sorted(filter(Path.is_file, place.rglob("*")))
    names = {
        "model.tar.gz" if place.is_file() else file.relative_to(place).as_posix(): file
        for file in files
        if "__pycache__" not in file.parts
    }
    operations = [CommitOperationAdd(name, str(file)) for name, file in names.items()]
    operations.append(CommitOperationAdd("README.md", card.encode()))
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), library_name="datnet-allennlp")
    try:
        address = api.create_repo(repository, private=not public, exist_ok=True)
        api.create_commit(repository, operations, commit_message="Model and its card")
    except (HfHubHTTPError, HFValidationError, RequestException, OSError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ConfigurationError(
            f"{repository}: found a hub at {api.endpoint} that did not take the model ({reason}), "
            "expected owner/name, a hub that can be reached and a token that may write (HF_TOKEN)"
        ) from None
    return str(address)
