"""The site is built as `make docs` builds it, without a warning."""

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
# What AllenNLP hands to constructors by itself.
BY_ALLENNLP = {"self", "cls", "vocab", "serialization_dir", "local_rank", "world_size"}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(folder)))
    return folder


def registrations() -> Iterator[tuple[str, str, list[str]]]:
    """Base, name and the parameters of the constructor of each class that the source registers."""
    for path in (ROOT / "datnet_allennlp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.ClassDef):
                continue
            for decorator in node.decorator_list:
                match = re.fullmatch(r"(\w+)\.register\('([\w-]+)'.*\)", ast.unparse(decorator))
                if match:
                    yield match[1], match[2], list(parameters(node))


def parameters(cls: ast.ClassDef) -> Iterator[str]:
    for node in cls.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            for argument in node.args.args + node.args.kwonlyargs:
                if argument.arg not in BY_ALLENNLP:
                    yield argument.arg


def test_every_registered_name_and_parameter_is_in_the_reference(site) -> None:
    html = "".join(path.read_text() for path in sorted((site / "reference").glob("*.html")))
    known = list(registrations())
    assert len(known) > 30
    for base, name, names in known:
        [section] = re.findall(
            rf'<h[23] id="{base}\.{re.escape(name)}">(.*?)(?=<h[23] id|$)', html, re.DOTALL
        )
        missing = [each for each in names if f"<code>{each}</code>" not in section]
        assert base == "Subcommand" or not missing, (base, name, missing)


def test_options_of_commands_are_in_the_reference(site) -> None:
    html = (site / "reference" / "commands.html").read_text()
    for path in (ROOT / "datnet_allennlp" / "commands").glob("*.py"):
        for option in re.findall(r'^ +"(--[\w-]+)"', path.read_text(), re.MULTILINE):
            assert f"<code>{option}</code>" in html, option


def test_pages_load_nothing_from_elsewhere(site) -> None:
    for path in site.rglob("*.html"):
        loaded = re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", path.read_text())
        assert not [tag for tag in loaded if re.search(r'(?:src|href)="?(?:https?:)?//', tag)], path


def test_formulas_are_mathml(site) -> None:
    html = (site / "mathematics.html").read_text()
    written = (ROOT / "docs" / "mathematics.md").read_text()
    assert html.count('display="block"') == written.count("```math")
    assert "arithmatex" not in html and "\\frac" not in unescape(html)


def test_a_place_in_the_code_leads_to_its_line(site) -> None:
    html = (site / "mathematics.html").read_text()
    pattern = r'<a href="([^"#]+)#([\w-]+)"><code>modules/discriminators/grad.py: Grad.loss</code>'
    [(path, anchor)] = re.findall(pattern, html)
    page = (site / path).read_text()
    line = page[page.index(f'name="{anchor}"') :].split("\n")[0]
    assert "loss" in re.sub(r"<[^>]+>", "", line)
