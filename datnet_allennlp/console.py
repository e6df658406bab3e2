"""
What someone at the `allennlp` command line sees: a mistake in a file or a configuration is named
without a traceback, no warning is shown that only AllenNLP itself could heed, and nothing waits for
the garbage collector.
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


def quiet_warnings() -> None:
    """Hides what AllenNLP 2.10.1 provokes in newer libraries, message by message."""
    warnings.filterwarnings(
        "ignore", message=r"`torch\.cuda\.amp\.(autocast|GradScaler)", category=FutureWarning
    )


def explain_mistakes() -> None:
    """
    In a process of the `allennlp` command, makes an uncaught `ConfigurationError`, or an error in
    the configuration file itself, end it with its message alone. Any other error keeps its
    traceback.
    """
    if not _is_command():
        return
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


def spare_the_collector() -> None:
    """
    In a process of the `allennlp` command, exempts all objects that there are, half a million of
    the libraries', from garbage collection, which would go through them again and again while
    instances are made.
    """
    if _is_command():
        gc.freeze()


def _is_command() -> bool:
    return Path(sys.argv[0]).name in ("allennlp", "allennlp.exe")


def _is_mistake(error: BaseException | None) -> bool:
    return isinstance(error, ConfigurationError) or str(error).startswith(_CONFIG_ERRORS)


def _without_traceback(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if _is_mistake(error):
        record.msg, record.args, record.exc_info = f"error: {error}", (), None
    return True
