"""What a path or a URL names, on this machine."""

import os
from urllib.parse import urlsplit

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path
from allennlp.common.util import SigTermReceived
from requests.exceptions import ConnectionError as NoConnection

from datnet_allennlp.standalone.refusal import one_line


def local_copy(name: str | os.PathLike) -> str:
    """
    The path of a file or folder, or of a local copy of what a URL names. It is AllenNLP's
    `cached_path`, which calls itself without end for a file that is called `file:x`.

    Raises `FileNotFoundError` where there is none, and `ConfigurationError` for a URL that cannot
    be downloaded.
    """
    name = os.fspath(name)
    if name.startswith("file:") and not name.startswith("file://"):
        name = os.path.abspath(name)
    try:
        return cached_path(name)
    except (FileNotFoundError, SigTermReceived):
        raise
    except Exception as error:  # each protocol has its own
        if "://" not in name:
            raise
        is_alone = isinstance(error, NoConnection)
        found = f"no connection to {urlsplit(name).netloc}" if is_alone else one_line(error)[:200]
        raise ConfigurationError(f"{name}: found {found}, expected a download") from None
