"""
`make audit`: compares the versions in `constraints.txt` with the known vulnerabilities, by
pip-audit. `audit.txt` lists those that do not matter here, and why. Any other fails, and so does a
version that could not be looked up: no answer is no good answer.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    lines = (ROOT / "audit.txt").read_text().splitlines()
    known = [line.split()[0] for line in lines if line and not line.startswith("#")]
    ignored = [option for name in known for option in ("--ignore-vuln", name)]
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        # A build of torch (+cpu) has no entry of its own.
        pinned = re.sub(r"\+\w+", "", (ROOT / "constraints.txt").read_text())
        requirements.write_text(pinned)
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--strict"]
        return subprocess.run([*command, "-r", str(requirements), *ignored]).returncode


if __name__ == "__main__":
    sys.exit(main())
