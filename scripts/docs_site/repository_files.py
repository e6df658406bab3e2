"""
Files outside `docs/` on the site. Pages link to them as they lie in the repository, so that the
links work there too; here each file that is linked becomes a page, or a picture, of the site. What
names a place in the code (`places.py`) becomes a link to its line.
"""

import posixpath
import re
from collections.abc import Callable
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from places import PLACE, ROOT, find, in_repository

_LINK = re.compile(r"\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")
_FOLDER = "repository/"
_AS_THEY_ARE = (".md", ".png", ".svg")
_LANGUAGES = {"py": "python", "libsonnet": "jsonnet", "jsonl": "json", "cff": "yaml"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds what pages link to, and what these link to in their turn."""
    todo = [file for file in files if file.is_documentation_page()]
    while todo:
        page = todo.pop()

        def add(path: str, page: File = page) -> str:
            uri = _uri(path)
            if files.get_file_from_path(uri) is None and not path.startswith("docs/"):
                if not (ROOT / path).is_file():
                    raise PluginError(f"{page.src_uri}: found no file '{path}', expected one")
                file = _file(path, config)
                files.append(file)
                if path.endswith(".md"):
                    todo.append(file)
            return uri

        _with_links(page.content_string, page.src_uri, add)
    return files


def on_page_markdown(markdown: str, page: Page, **kwargs: Any) -> str:
    return _with_links(markdown, page.file.src_uri, _uri)


def _with_links(markdown: str, src_uri: str, to_uri: Callable[[str], str]) -> str:
    """The page with the links of the repository replaced by those of the site."""
    origin = f"docs/{src_uri}"
    if src_uri.startswith(_FOLDER):
        origin = src_uri.removeprefix(_FOLDER)
        if not (ROOT / origin).is_file():
            return markdown  # a page of code

    def url(path: str) -> str:
        return posixpath.relpath(to_uri(path), posixpath.dirname(src_uri) or ".")

    def link(match: re.Match) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), match[1]))
        return f"]({url(path)}{match[2] or ''})"

    def place(match: re.Match) -> str:
        path = in_repository(match[1])
        try:
            line, _ = find(path, match[2])
        except (LookupError, OSError) as error:
            raise PluginError(f"{src_uri}: {error}") from None
        # As HTML, for MkDocs does not know the anchors of lines.
        page = url(path).removesuffix(".md")
        return f'<a href="{page}.html#__codelineno-0-{line}"><code>{match[0][1:-1]}</code></a>'

    return PLACE.sub(place, _LINK.sub(link, markdown))


def _uri(path: str) -> str:
    """Where a file of the repository is on the site."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return _FOLDER + path + ("" if path.endswith(_AS_THEY_ARE) else ".md")


def _file(path: str, config: MkDocsConfig) -> File:
    if path.endswith(".md"):
        return File.generated(config, _uri(path), content=(ROOT / path).read_text("utf-8"))
    if path.endswith(_AS_THEY_ARE):
        return File.generated(config, _uri(path), content=(ROOT / path).read_bytes())
    suffix = path.rpartition(".")[2]
    return File.generated(
        config,
        _uri(path),
        content=f"---\nsearch:\n  exclude: true\nhide: [toc]\n---\n\n# {path}\n\n"
        f'``````{_LANGUAGES.get(suffix, suffix)} linenums="1"\n'
        f"{(ROOT / path).read_text('utf-8')}\n``````\n",
    )
