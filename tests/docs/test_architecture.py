"""The lists in docs/architecture.md are those of the code: commands, names of AllenNLP."""

import ast
import importlib
import importlib.util
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from allennlp.commands.subcommand import Subcommand

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "datnet_allennlp"
DOCUMENT = ROOT / "docs" / "architecture.md"
# Cannot be imported without an extra; none of its classes comes from AllenNLP.
NEEDS_RAY = "datnet_allennlp.experiments.engines.ray_cluster"
PRIVATE = re.compile(r"_[A-Za-z]\w*")


def names_defined(tree: ast.AST) -> Iterator[str]:
    """Private names that some code gives a value to, as a name or as an attribute."""
    for node in ast.walk(tree):
        name = None
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value  # in `__slots__`
        if name and PRIVATE.fullmatch(name):
            yield name


def read_allennlp() -> dict[str, set[str]]:
    """The private names of each module and of each class of AllenNLP, by its full name."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for package in ("allennlp", "allennlp_models.tagging"):
        spec = importlib.util.find_spec(package)
        assert spec and spec.submodule_search_locations
        folder = Path(spec.submodule_search_locations[0])
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            module = ".".join((package, *(part for part in parts if part != "__init__")))
            tree = ast.parse(path.read_bytes())
            names[module].update(names_defined(tree))
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    names[f"{module}.{node.name}"].update(names_defined(node))
    return names


def uses_of(source: str, module: str, allennlp: dict[str, set[str]]) -> set[str]:
    """
    The private names of AllenNLP in a module of ours. On `self`, and as a method, a name is
    AllenNLP's if a class of AllenNLP above the class has it; on anything else, if any has it.
    """
    anywhere = set().union(*allennlp.values())
    tree = ast.parse(source)
    inherited: dict[ast.AST, set[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and module != NEEDS_RAY:
            ours = getattr(importlib.import_module(module), node.name)
            above = [allennlp.get(f"{c.__module__}.{c.__qualname__}", set()) for c in ours.__mro__]
            inherited.update(dict.fromkeys(ast.walk(node), set().union(*above)))
    found = set()
    for node in ast.walk(tree):
        of_class = inherited.get(node, set())
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("allennlp"):
            found.update(alias.name for alias in node.names if PRIVATE.fullmatch(alias.name))
        elif isinstance(node, ast.Attribute) and PRIVATE.fullmatch(node.attr):
            receiver = node.value
            own = isinstance(receiver, ast.Name) and receiver.id in ("self", "cls")
            parent = isinstance(receiver, ast.Call) and ast.unparse(receiver) == "super()"
            if node.attr in (of_class if own or parent else anywhere):
                found.add(node.attr)
        elif isinstance(node, ast.FunctionDef) and node.name in of_class:
            found.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if PRIVATE.fullmatch(node.value):
                found.update({node.value} & (of_class or anywhere))
    return found


def replaced(source: str) -> set[str]:
    """What a module puts another value in the place of: `name.attribute` of something imported."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("allennlp")
        for alias in node.names
    }
    return {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id in imported
    }


@pytest.fixture(scope="module")
def allennlp() -> dict[str, set[str]]:
    return read_allennlp()


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables under a heading and the smaller ones below it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    section = re.split(r"^## ", text.partition(f"\n## {heading}\n")[2], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def modules() -> Iterator[tuple[str, str, str]]:
    """Path within the package, name and source of each module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield path.relative_to(PACKAGE).as_posix(), name, path.read_text(encoding="utf-8")


@pytest.mark.long
def test_the_private_names_are_those_of_the_code(allennlp) -> None:
    in_code = {
        (name, path)
        for path, module, source in modules()
        for name in uses_of(source, module, allennlp)
    }
    listed = {
        (name.rpartition(".")[2], path)
        for names, paths, _ in rows("Private names of AllenNLP")
        for name in quoted(names)
        for path in quoted(paths)
    }
    assert listed == in_code


@pytest.mark.long
def test_each_has_a_reason_and_belongs_where_the_list_says(allennlp) -> None:
    by_owner: defaultdict[str, set[str]] = defaultdict(set)
    for full_name, names in allennlp.items():
        by_owner[full_name.rpartition(".")[2]].update(names)
    for names, _, reason in rows("Private names of AllenNLP"):
        assert len(reason) > 20, names
        for name in quoted(names):
            owner, _, attribute = name.rpartition(".")
            assert attribute in by_owner[owner], name


def test_what_is_replaced_is_listed() -> None:
    in_code = {(what, path) for path, _, source in modules() for what in replaced(source)}
    listed = {
        (what, path)
        for names, paths, _ in rows("What is replaced in AllenNLP")
        for what in quoted(names)
        for path in quoted(paths)
    }
    assert listed == in_code and listed


def called_by(path: str) -> set[str]:
    """The folders that a command's module uses, and files outside of them or beside it."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("datnet_allennlp."):
            parts = node.module.split(".")[1:]
            outside = parts[0] != "commands" and (PACKAGE / parts[0]).is_dir()
            found.add(f"{parts[0]}/" if outside else "/".join(parts) + ".py")
    return found


def test_the_commands_are_those_that_are_registered() -> None:
    registered = {}
    for name in Subcommand.list_available():
        module = Subcommand.by_name(name).__module__
        if module.startswith("datnet_allennlp."):
            path = module.removeprefix("datnet_allennlp.").replace(".", "/") + ".py"
            registered[name] = path, called_by(path)
    listed = {
        name: (quoted(module)[0], set(quoted(calls)))
        for command, module, _, calls in rows("The commands")
        for name in quoted(command)
    }
    assert listed == registered


def test_the_files_that_it_names_exist() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/]+(?:/|\.py|\.libsonnet))`", text))
    assert len(named) > 50
    assert not [
        path for path in named if not (PACKAGE / path).exists() and not (ROOT / path).exists()
    ]
