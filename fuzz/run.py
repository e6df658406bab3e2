"""
Runs targets with atheris, which looks for inputs that reach new code, from those in `corpus`:

    python -m fuzz.run [TARGET ...] [--runs N]

Each target has a process of its own. What is found is written to the folder `fuzz/found`.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
_KERNELS = [path.stem for path in (HERE.parent / "datnet_allennlp" / "kernels").glob("*.py")]


def fuzz(name: str, runs: int) -> None:
    """Gives a target `runs` inputs, and ends the process."""
    import atheris

    # numba cannot compile what is instrumented.
    kernels = [f"datnet_allennlp.kernels.{name}" for name in _KERNELS]
    with atheris.instrument_imports(include=["datnet_allennlp"], exclude=kernels):
        from fuzz import targets

    found = HERE / "found"
    found.mkdir(exist_ok=True)

    def one(data: bytes) -> None:
        # Texts that cannot be tagged are told there.
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                targets.run(name, data)
        except BaseException:
            (found / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
            raise

    # New inputs go to the first folder.
    new = tempfile.mkdtemp()
    corpus = HERE / "corpus" / name
    options = [f"-runs={runs}", f"-artifact_prefix={found}/{name}-", "-max_len=4096", "-timeout=60"]
    options += ["-rss_limit_mb=4096", "-verbosity=1", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, new, str(corpus)], one)
    atheris.Fuzz()


def main() -> None:
    from fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--runs", type=int, default=100_000, help="how many inputs a target gets")
    arguments = parser.parse_args()
    if not importlib.util.find_spec("atheris"):
        sys.exit("fuzz.run: found no atheris, expected the extra that holds it: make fuzz")
    # In memory, where a file is safe at once: waiting for a disk takes most of the time otherwise.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    failed = []
    for name in arguments.targets or TARGETS:
        if name not in TARGETS:
            parser.error(f"found the target '{name}', expected one of {', '.join(TARGETS)}")
        print(f"{name}: {arguments.runs} inputs", flush=True)
        code = f"from fuzz.run import fuzz; fuzz({name!r}, {arguments.runs})"
        # The process ends without cleaning up.
        with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-", dir=memory) as folder:
            environment = {**os.environ, "TMPDIR": folder}
            if subprocess.run([sys.executable, "-c", code], env=environment).returncode:
                failed.append(name)
    if failed:
        sys.exit(f"found something in {', '.join(failed)}, see {HERE / 'found'}")


if __name__ == "__main__":
    main()
