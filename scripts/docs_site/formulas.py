"""Formulas become MathML when the site is built, so that a page needs no script for them."""

import html
import re
from typing import Any

from latex2mathml.converter import convert

_FORMULA = re.compile(r'<(span|div) class="arithmatex">\s*\\[(\[](.*?)\\[)\]]\s*</\1>', re.DOTALL)


def on_page_content(content: str, **kwargs: Any) -> str:
    return _FORMULA.sub(_as_mathml, content)


def _as_mathml(match: re.Match) -> str:
    display = "block" if match[1] == "div" else "inline"
    formula = convert(html.unescape(match[2]), display=display)
    return f'<{match[1]} class="formula">{formula}</{match[1]}>'
