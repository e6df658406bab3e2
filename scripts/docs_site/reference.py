"""
The reference: a page for each kind of component, made of AllenNLP's registry, the signatures of
the constructors and the docstrings, one for the commands with their options, one for Python.
"""

import argparse
import inspect
import re
from collections.abc import Iterator
from typing import Any

from allennlp.commands.subcommand import Subcommand
from allennlp.common import Registrable
from docstring import Parameter, read_docstring
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

import datnet_allennlp

PAGES = {
    "data": (
        "Reading and batches",
        "DatasetReader Tokenizer TokenIndexer WordLookup BatchSampler DataLoader",
    ),
    "modules": (
        "Embeddings, encoders, discriminators",
        "TextFieldEmbedder TokenEmbedder VectorAlignment Seq2VecEncoder Seq2SeqEncoder "
        "ResourceDiscriminator GradientReversal",
    ),
    "model": ("Model, metric, predictor", "Model Metric Predictor"),
    "training": (
        "Training",
        "Trainer TrainerCallback Perturbation PerturbationBound Optimizer LearningRateScheduler "
        "Checkpointer",
    ),
}
_GIVEN_BY_ALLENNLP = {"self", "vocab", "serialization_dir", "local_rank", "world_size"}


def registered() -> dict[str, list[str]]:
    """The names that the package registers, for each class under which it does."""
    found: dict[str, list[str]] = {}
    for base, names in Registrable._registry.items():
        ours = [name for name, (cls, _) in names.items() if _is_ours(cls)]
        if ours:
            found[base.__name__] = sorted(ours)
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    names = registered()
    placed = " ".join(bases for _, bases in PAGES.values()).split()
    if missing := sorted(set(names) - {"Subcommand", *placed}):
        raise PluginError(f"reference.PAGES: found no place for {missing}, expected one for each")
    bases = {base.__name__: base for base in Registrable._registry}
    for page, (title, on_page) in PAGES.items():
        parts = [
            f"# {title}\n\nA name stands in a configuration as `type`, or in place of the whole "
            "component where no parameter is given."
        ]
        for base in on_page.split():
            parts.append(f"## {base}")
            for name in names[base]:
                parts.append(_component(base, name, *bases[base].resolve_class_name(name)))
        _add(files, config, page, parts)
    commands = [_command(name) for name in names["Subcommand"]]
    head = "# Commands\n\n`allennlp COMMAND --help` prints the same."
    _add(files, config, "commands", [head, *commands])
    _add(files, config, "python", ["# Python", *_python()])
    return files


def _add(files: Files, config: MkDocsConfig, page: str, parts: list[str]) -> None:
    text = "\n\n".join(parts) + "\n"
    files.append(File.generated(config, f"reference/{page}.md", content=text))


def _is_ours(cls: type) -> bool:
    return cls.__module__.startswith("datnet_allennlp.")


def _place(cls: type) -> str:
    path = cls.__module__.removeprefix("datnet_allennlp.").replace(".", "/")
    return f"`{path}.py: {cls.__qualname__}`"


def _component(base: str, name: str, cls: Any, constructor: str | None) -> str:
    docstring = read_docstring(cls)
    text = docstring.before.replace(f'Registered as a `{base}` with name "{name}".', "")
    signature = inspect.signature(getattr(cls, constructor) if constructor else cls.__init__)
    documented: dict[str, Parameter] = {}
    for parent in reversed([each for each in cls.__mro__ if _is_ours(each)]):
        documented |= read_docstring(parent).parameters
    return "\n\n".join(
        [
            f"### `{name}` {{ #{base}.{name} }}\n\n{_place(cls)}",
            text,
            *_parameters(signature, documented),
            docstring.after,
        ]
    )


def _parameters(signature: inspect.Signature, documented: dict[str, Parameter]) -> Iterator[str]:
    for name, parameter in signature.parameters.items():
        if name in _GIVEN_BY_ALLENNLP:
            continue
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            if parameter.kind == parameter.VAR_KEYWORD:
                yield "And the parameters of AllenNLP's class of this kind."
            continue
        known = documented.get(name, Parameter("", ""))
        kind = known.kind or f"`{inspect.formatannotation(parameter.annotation)}`"
        if "default" not in kind and parameter.default not in (parameter.empty, None):
            kind += f", optional (default = `{parameter.default!r}`)"
        yield _definition(f"`{name}` : {kind}", known.text)


def _definition(term: str, text: str) -> str:
    indented = re.sub(r"\n(?=[^\n])", "\n    ", text.strip()) or "\N{NO-BREAK SPACE}"
    return f"{term}\n:   {indented}"


def _command(name: str) -> str:
    cls: Any = Subcommand.by_name(name)
    command = argparse.ArgumentParser(prog="allennlp").add_subparsers()
    parser = cls().add_subparser(command)
    # As wide as a page of the site, whatever the terminal.
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=80)
    options = [
        _definition(
            ", ".join(f"`{each}`" for each in action.option_strings or [_shown(action)])
            + (f" `{_shown(action)}`" if action.option_strings and action.nargs != 0 else "")
            + (" (required)" if action.required and action.option_strings else ""),
            parser._get_formatter()._expand_help(action) if action.help else "",
        )
        for action in parser._actions
        if action.dest != "help"
    ]
    usage = parser.format_usage().removeprefix("usage: ")
    return "\n\n".join(
        [
            f"## `{name}` {{ #Subcommand.{name} }}",
            f"{parser.description}",
            f"```text\n{usage}```",
            *options,
        ]
    )


def _shown(action: argparse.Action) -> str:
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return str(action.metavar or (action.dest.upper() if action.option_strings else action.dest))


def _python() -> Iterator[str]:
    public = [each for each in vars(datnet_allennlp).values() if inspect.isclass(each)]
    for cls in sorted(public, key=lambda each: each.__name__ != "Tagger"):
        yield f"## {cls.__name__}\n\n`from datnet_allennlp import {cls.__name__}` ({_place(cls)})"
        docstring = read_docstring(cls)
        yield docstring.before
        yield from _parameters(inspect.signature(cls), docstring.parameters)
        yield docstring.after
        for name, member in vars(cls).items():
            method = getattr(member, "__func__", member)
            if not inspect.isfunction(method) or not method.__doc__:
                continue
            if name.startswith("_") and name != "__call__":
                continue
            of_method = read_docstring(method)
            yield f"### {cls.__name__}.{name}"
            yield of_method.before
            signature = inspect.signature(method)
            ours = [each for each in signature.parameters.values() if each.name != "cls"]
            yield from _parameters(signature.replace(parameters=ours), of_method.parameters)
            yield of_method.after
