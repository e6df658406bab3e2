"""
What `plugin.install()` changes in a process of the `allennlp` command: a mistake in a file or a
configuration is named without a traceback, no warning is shown that only AllenNLP itself could
heed, and garbage collection leaves out what the imports made.
"""

import gc
import logging
import sys
import warnings
from pathlib import Path
from types import TracebackType

from allennlp.common.checks import ConfigurationError

# How errors in a Jsonnet file or in `--overrides` begin; they have no class of their own.
_CONFIG_ERRORS = ("STATIC ERROR: ", "RUNTIME ERROR: ", "overrides dict contains unused keys: ")


def is_command() -> bool:
    """Whether this process runs the `allennlp` command."""
    path = Path(sys.argv[0])
    return path.name in ("allennlp", "allennlp.exe") or path.parts[-2:] == (
        "allennlp",
        "__main__.py",
    )


def hide_warnings() -> None:
    """Hides what AllenNLP 2.10.1 provokes in newer libraries, message by message."""
    warnings.filterwarnings(
        "ignore", message=r"`torch\.cuda\.amp\.(autocast|GradScaler)", category=FutureWarning
    )


def explain_mistakes() -> None:
    """
    Makes an uncaught `ConfigurationError`, or an error in the configuration file itself, end the
    process with its message alone. Any other error keeps its traceback.
    """
    inherited = sys.excepthook

    def hook(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        if _is_mistake(error):
            print(f"error: {error}", file=sys.stderr)
        else:
            inherited(kind, error, traceback)

    sys.excepthook = hook
    # Once `allennlp train` writes a log, it puts a hook of its own in place, which logs the error.
    logging.getLogger().addFilter(_without_traceback)
    # A log that cannot be written, on a full disk for one, is no error of its own: the next file
    # that cannot be written is named.
    logging.raiseExceptions = False


def freeze_imported_objects() -> None:
    """
    Exempts all objects that there are, half a million of the libraries', from garbage collection,
    which would go through them again and again while instances are made.
    """
    gc.freeze()


def _is_mistake(error: BaseException | None) -> bool:
    return isinstance(error, ConfigurationError) or str(error).startswith(_CONFIG_ERRORS)


def _without_traceback(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if _is_mistake(error):
        record.msg, record.args, record.exc_info = f"error: {error}", (), None
    return True
