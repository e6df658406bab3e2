"""
Forks processes of the `allennlp` command, or of `python -c CODE`, which have imported AllenNLP
and the libraries when they start.

    python server.py LISTENER

is given the number of an open socket, which listens, and ends with its standard input. Each
connection is a `client.py`; when it goes, its process is killed.
"""

import atexit
import gc
import importlib
import io
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
from typing import Any, TextIO

GIVEN = dict(os.environ)  # before the imports, which add to it

import torch  # noqa: E402
from allennlp.common import plugins  # noqa: E402
from allennlp.common.util import import_module_and_submodules  # noqa: E402

# Variables of the environment that are read at the start or by an import, so that they cannot be
# given to a process later; and those of them that `become` sees to.
EARLY = (
    "GOMP_",
    "HF_",
    "LANG",
    "LC_",
    "LD_",
    "NUMBA_",
    "PYTHON",
    "TORCH_",
    "TQDM_",
    "TRANSFORMERS_",
)
HANDLED = ("PYTHONPATH", "PYTHONUNBUFFERED")

# What this package imports and AllenNLP does not.
LIBRARIES = ("filelock", "numba", "scipy.stats", "seqeval.metrics", "sklearn.metrics")


def prepare() -> None:
    """Imports AllenNLP and the libraries of this package, but not the package."""
    for name in LIBRARIES:
        importlib.import_module(name)

    packages = {"allennlp": {"allennlp.sanity_checks", "allennlp.tools"}, "allennlp_models": None}
    for name, exclude in packages.items():
        import_module_and_submodules(name, exclude=exclude)

    # To look for them again takes longer than all else.
    def import_others(name: str, exclude: set[str] | None = None) -> None:
        if name not in packages:
            import_module_and_submodules(name, exclude=exclude)

    plugins.import_module_and_submodules = import_others


def serve(listener: socket.socket) -> dict[str, Any]:
    """Returns only in a new process: what the client has sent, with `streams`."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    processes: dict[socket.socket, int] = {}  # by their clients
    clients: dict[int, socket.socket] = {}  # by the descriptors of their processes

    def kill(client: socket.socket) -> None:
        selector.unregister(client)
        os.kill(processes[client], signal.SIGKILL)

    while True:
        for key, _ in selector.select():
            if key.fileobj == 0:
                for process in processes.values():
                    os.kill(process, signal.SIGKILL)
                sys.exit()
            elif key.fileobj is listener:
                client, _ = listener.accept()
                request = receive(client)
                process = os.fork()
                if process == 0:
                    selector.close()
                    for each in (listener, client, *processes):
                        each.close()
                    for descriptor in clients:
                        os.close(descriptor)
                    return request
                for stream in request["streams"]:
                    os.close(stream)
                tell(client, process)
                descriptor = os.pidfd_open(process)
                processes[client] = process
                clients[descriptor] = client
                selector.register(client, selectors.EVENT_READ)
                selector.register(descriptor, selectors.EVENT_READ)
            elif key.fileobj in processes:
                kill(key.fileobj)
            elif key.fileobj in clients:
                selector.unregister(key.fileobj)
                os.close(key.fileobj)
                client = clients.pop(key.fileobj)
                _, status = os.waitpid(processes.pop(client), 0)
                tell(client, os.waitstatus_to_exitcode(status))
                if client in selector.get_map():
                    selector.unregister(client)
                client.close()


def receive(client: socket.socket) -> dict[str, Any]:
    length, streams, _, _ = socket.recv_fds(client, 8, 3)
    content = b""
    while len(content) < int.from_bytes(length, "big"):
        content += client.recv(1 << 20)
    return {"streams": streams, **json.loads(content)}


def tell(client: socket.socket, number: int) -> None:
    try:
        client.sendall(b"%d\n" % number)
    except BrokenPipeError:
        pass


def become(request: dict[str, Any]) -> None:
    """Makes this process what it were if it had been started so."""
    for number, stream in enumerate(request["streams"]):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])

    environment = request["environment"]
    changed = {key for key, _ in environment.items() ^ GIVEN.items()}.difference(HANDLED)
    if early := sorted(key for key in changed if key.startswith(EARLY)):
        sys.exit(f"{', '.join(early)}: is read at the start; start a process of its own")
    for key in GIVEN.keys() - environment.keys():
        del os.environ[key]
    os.environ.update(environment)
    sys.stdin, sys.stdout, sys.stderr = map(reopened, (sys.stdin, sys.stdout, sys.stderr))
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    if "OMP_NUM_THREADS" in environment:
        torch.set_num_threads(int(environment["OMP_NUM_THREADS"]))
    tempfile.tempdir = None
    sys.argv = request["arguments"]
    own_path = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    place = sys.path.index(os.path.dirname(__file__))
    sys.path[place : place + 1] = [os.path.dirname(sys.argv[0]), *own_path]


def reopened(stream: TextIO) -> TextIO:
    """A standard stream as Python opens it, for what its descriptor is now."""
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    no_buffer = unbuffered and stream is not sys.stdin
    file = open(stream.fileno(), f"{stream.mode}b", 0 if no_buffer else -1, closefd=False)
    return io.TextIOWrapper(
        file,
        stream.encoding,
        stream.errors,
        line_buffering=not unbuffered and (stream is sys.stderr or file.isatty()),
        write_through=unbuffered,
    )


def run(status: list[int]) -> None:
    """Runs the command, or the code, and leaves its exit status, as Python would."""
    try:
        if sys.argv[0] == "-c":
            code = sys.argv.pop(1)
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
        else:
            from allennlp.__main__ import run

            run()
        status[0] = 0
    except SystemExit as error:
        status[0] = error.code if isinstance(error.code, int) else int(error.code is not None)
        raise
    except KeyboardInterrupt:
        status[0] = -signal.SIGINT
        raise
    except Exception as error:
        try:
            sys.excepthook(type(error), error, error.__traceback__)
        except SystemExit as leave:  # a hook may choose the status
            status[0] = int(str(leave.code))
        sys.exit(status[0])


def end(status: list[int]) -> None:
    """
    Ends the process, when all other functions that were left for its end have run, without freeing
    what was imported: that takes longer than most commands.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if status[0] < 0:
        signal.signal(-status[0], signal.SIG_DFL)
        os.kill(os.getpid(), -status[0])
    os._exit(status[0])


if __name__ == "__main__":
    status = [1]  # of an error that nothing catches
    atexit.register(end, status)
    prepare()
    gc.freeze()
    become(serve(socket.socket(fileno=int(sys.argv[1]))))
    run(status)
