"""
What `plugin.install()` changes in a process of the `allennlp` command: a mistake in a file or a
configuration is named without a traceback, the screen shows what a person needs, no warning is
shown that only AllenNLP itself could heed, and garbage collection leaves out what the imports made.
"""

import errno
import functools
import gc
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from allennlp.commands.subcommand import Subcommand
from allennlp.common import Tqdm
from allennlp.common import logging as common_logging
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import SigTermReceived
from allennlp.training import util as training_util

from datnet_allennlp.standalone.refusal import one_line

# How errors in a Jsonnet file begin; they have no class of their own.
_CONFIG_ERRORS = ("STATIC ERROR: ", "RUNTIME ERROR: ")
_VARIABLE = re.compile(r"undefined external variable: (\w+)")
# What AllenNLP says, in errors of no class of their own, of what an argument names and of arguments
# that do not go together.
_OF_ARGUMENTS = re.compile(
    r"file \S.* not found$|param 'output_path' should end|\S.* already exists\. Use --force|"
    r"cached-path cannot accept --|Missing positional argument"
)
# What AllenNLP warns of in each process of distributed training, whatever the configuration is.
_OF_PROCESSES = re.compile(
    r"Parameter local_rank for class|Worker \d+ completed its entire epoch|"
    r"vocabulary serialization directory .* is not empty"
)
# What no program can help: a full disk, and one, or a file, that may not be written or read.
_REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)
# The logger of `training/progress_lines.py`, whose lines are made to be read.
_PROGRESS = "datnet_allennlp.training.progress_lines"


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
    process with its message alone, the last on the screen, and Ctrl-C and SIGTERM with a word and
    with the exit status that a shell expects of them, 130 and 143. Any other error keeps its
    traceback, and with the environment variable ALLENNLP_DEBUG all do. A log file has them in any
    case.
    """
    inherited = sys.excepthook

    def hook(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        if _is_mistake(error):
            print(f"error: {_message(error)}", file=sys.stderr)
        elif isinstance(error, KeyboardInterrupt | SigTermReceived) and not _debugs():
            print("\nstopped", file=sys.stderr)
            if isinstance(error, SigTermReceived):
                sys.exit(143)
        else:
            inherited(kind, error, traceback)

    sys.excepthook = hook
    # A log that cannot be written, on a full disk for one, is no error of its own: the next file
    # that cannot be written is named.
    logging.raiseExceptions = False


def calm_screen() -> None:
    """
    Shows on the screen what a person needs: of `allennlp train`, `predict` and our own commands no
    log below a warning but the lines of `progress_lines`, and of training bars that are gone when
    they are full, unless the environment variable ALLENNLP_LOG_LEVEL or ALLENNLP_DEBUG asks for it;
    no bars where it is no screen but a file or a pipe; and no traceback of a mistake. The log file
    of a run has it all.
    """
    prepare = common_logging.prepare_global_logging

    def prepare_calmly(*args: Any, **kwargs: Any) -> None:
        # It makes the log file and an excepthook that logs uncaught errors, there and here.
        prepare(*args, **kwargs)
        _calm_handlers()

    common_logging.prepare_global_logging = prepare_calmly
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if _is_calm(command):
        _calm_handlers()
    if command == "train" and not _asked_for_log():
        training_util.description_from_metrics = _short_description
        Tqdm.tqdm = functools.partial(Tqdm.tqdm, leave=False)  # type: ignore[method-assign]
    if not (sys.stderr.isatty() or "--file-friendly-logging" in sys.argv):
        Tqdm.tqdm = functools.partial(_hidden_bar, Tqdm.tqdm)  # type: ignore[method-assign]


def _is_calm(command: str) -> bool:
    """Whether a command says what it has to say by itself, as `evaluate` for one does not."""
    if command in ("train", "predict"):
        return True
    names = Subcommand.list_available()
    return command in names and Subcommand.by_name(command).__module__.startswith(__package__)


def _asked_for_log() -> bool:
    return not os.environ.keys().isdisjoint(("ALLENNLP_LOG_LEVEL", "ALLENNLP_DEBUG"))


def _short_description(metrics: dict[str, float]) -> str:
    """What stands before the bar of an epoch; all metrics would not fit on a line."""
    return f"loss {metrics['loss']:.2f}"


def _hidden_bar(bar: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """In a file, the stages of a bar would stand one after the other."""
    return bar(*args, **{**kwargs, "disable": True})


def _calm_handlers() -> None:
    asked_for = _asked_for_log()
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:  # not a log file
            if not asked_for:
                handler.addFilter(_is_for_a_person)
            handler.setFormatter(_OnScreen(handler.formatter, is_plain=not asked_for))


def _is_for_a_person(record: logging.LogRecord) -> bool:
    if record.levelno < logging.WARNING:
        return record.name == _PROGRESS
    return not _OF_PROCESSES.match(record.getMessage())


class _OnScreen(logging.Formatter):
    """A mistake without its traceback; if `is_plain`, nothing but the level and the message."""

    def __init__(self, inherited: logging.Formatter | None, is_plain: bool) -> None:
        super().__init__("%(message)s")
        self._inherited = inherited or logging.Formatter()
        self._is_plain = is_plain

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        if _is_mistake(error):
            return f"error: {_message(error)}"
        if not self._is_plain or error:
            return self._inherited.format(record)
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        return level + super().format(record)


def freeze_imported_objects() -> None:
    """
    Exempts all objects that there are, half a million of the libraries', from garbage collection,
    which would go through them again and again while instances are made.
    """
    gc.freeze()


def _debugs() -> bool:
    return "ALLENNLP_DEBUG" in os.environ


def _is_mistake(error: BaseException | None) -> bool:
    if _debugs():
        return False
    if isinstance(error, OSError | RuntimeError | ValueError) and _OF_ARGUMENTS.match(str(error)):
        return True
    if _is_refused(error):
        return True
    if isinstance(error, ModuleNotFoundError) and error.name in sys.argv:
        return True  # a value of --include-package
    return isinstance(error, ConfigurationError) or str(error).startswith(_CONFIG_ERRORS)


def _is_refused(error: BaseException | None) -> bool:
    """Whether the system refuses a file that an argument of the command names, or any write."""
    if not isinstance(error, OSError) or not isinstance(error.strerror, str):
        return False
    return str(error.filename) in sys.argv or error.errno in _REFUSED


def _message(error: BaseException | None) -> str:
    """A mistake in one sentence; of an error of Jsonnet, without the way through the files."""
    text = str(error)
    if isinstance(error, ModuleNotFoundError):
        return f"--include-package: found no package '{error.name}', expected one to import"
    if _is_refused(error):
        place = f"{error.filename}: " if error.filename else ""  # type: ignore[union-attr]
        return one_line(f"{place}{error.strerror}")  # type: ignore[union-attr]
    if isinstance(error, ConfigurationError) or not text.startswith(_CONFIG_ERRORS):
        return one_line(text)
    said, *way = [line.strip() for line in text.splitlines() if line.strip()]
    if missing := _VARIABLE.search(said):
        return (
            f"found no environment variable {missing[1]}, expected it for std.extVar in the "
            f"configuration: {missing[1]}=VALUE allennlp ..."
        )
    return one_line(f"{said} ({way[0].split()[0]})" if way else said)
