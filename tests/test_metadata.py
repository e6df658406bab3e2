"""The version, the license and the links are the same in all files that state them."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_one_version() -> None:
    [version] = re.findall(r'^version = "(.+)"$', read("pyproject.toml"), re.MULTILINE)
    assert str(yaml.safe_load(read("CITATION.cff"))["version"]) == version
    headings = re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)
    assert headings[:2] == ["Unreleased", version]


def test_the_citation_has_what_the_format_demands() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    [paper] = citation["references"]
    assert {"type", "title", "authors"} <= paper.keys() and len(paper["authors"]) == 7


def test_the_license_is_apache_2() -> None:
    text = read("LICENSE")
    assert "Apache License" in text and "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert yaml.safe_load(read("CITATION.cff"))["license"] == "Apache-2.0"


@pytest.mark.parametrize(
    "name", ["CHANGELOG.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/paper.md"]
)
def test_links_and_named_files_lead_somewhere(name: str) -> None:
    text = read(name)
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    files = re.findall(r"`((?:datnet_allennlp|docs|tests|fixtures|training_config)/[\w./]*)`", text)
    assert links or files
    assert all(((ROOT / name).parent / link).exists() for link in links)
    assert all((ROOT / file).exists() for file in files)
