"""
`make audit`: compares the versions in `constraints.txt` with the known vulnerabilities, by
pip-audit. `audit.txt` lists those that do not matter here, and why. Any other fails, and so does a
version that could not be looked up: no answer is no good answer.

Where no service can be asked, `make audit ADVISORIES=FOLDER` looks into a checkout of PyPA's
advisory database, `pypa/advisory-database`. It knows what was known when it was checked out.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# An advisory has a name in each database.
_NAME = re.compile(r"(CVE|GHSA|PYSEC)-")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--advisories", type=Path, metavar="FOLDER")
    folder = parser.parse_args().advisories
    lines = (ROOT / "audit.txt").read_text().splitlines()
    known = {name for line in lines for name in takewhile(_NAME.match, line.split())}
    # A build of torch (+cpu) has no entry of its own.
    pinned = re.sub(r"\+\w+", "", (ROOT / "constraints.txt").read_text())
    return by_pip_audit(pinned, known) if folder is None else by_folder(pinned, known, folder)


def by_pip_audit(pinned: str, known: set[str]) -> int:
    """Asks the service that pip-audit asks. Returns its status."""
    ignored = [option for name in known for option in ("--ignore-vuln", name)]
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(pinned)
        command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--strict"]
        return subprocess.run([*command, "-r", str(requirements), *ignored]).returncode


def by_folder(pinned: str, known: set[str], folder: Path) -> int:
    """Looks into the files of a checkout. Returns 1 if there is something that is not known."""
    import yaml

    if not (folder / "vulns").is_dir():
        sys.exit(
            f"{folder}: found no folder 'vulns', expected a checkout of pypa/advisory-database"
        )
    dates, findings, number = [], [], 0
    for name, version in _versions(pinned):
        number += 1
        for path in sorted((folder / "vulns" / name).glob("*.yaml")):
            advisory = yaml.load(path.read_bytes(), yaml.CSafeLoader)
            dates.append(str(advisory["modified"]))
            names = {advisory["id"], *advisory.get("aliases", [])}
            if "withdrawn" not in advisory and _affects(advisory, version) and not names & known:
                findings.append(f"{name} {version}: {' '.join(sorted(names))}")
    if not dates:
        sys.exit(f"{folder}: found no advisory on any pinned version, expected some")
    print(f"{number} versions, {len(dates)} advisories on them, the last of {max(dates)[:10]}")
    print("\n".join(findings) or "found nothing that audit.txt does not list")
    return bool(findings)


def _versions(pinned: str) -> Iterator[tuple[str, Any]]:
    """Names, as the database spells them, and versions."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name
    from packaging.version import Version

    for line in pinned.splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            [specifier] = requirement.specifier
            yield canonicalize_name(requirement.name), Version(specifier.version)


def _affects(advisory: dict[str, Any], version: Any) -> bool:
    """By the list of versions, or by the ranges, which also tell of later ones."""
    from packaging.version import Version

    for affected in advisory["affected"]:
        if str(version) in affected.get("versions", []):
            return True
        for each in affected.get("ranges", []):
            if each["type"] != "ECOSYSTEM":
                continue
            inside = False
            for event in each["events"]:
                [(kind, at)] = event.items()
                if kind == "introduced" and Version(at) <= version:
                    inside = True
                elif kind == "fixed" and Version(at) <= version:
                    inside = False
                elif kind == "last_affected" and Version(at) < version:
                    inside = False
            if inside:
                return True
    return False


if __name__ == "__main__":
    sys.exit(main())
