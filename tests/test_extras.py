import sys

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.extras import require


def test_there() -> None:
    assert require("json.decoder", "any", "a test") is sys.modules["json.decoder"]


def test_not_there(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(
        ConfigurationError,
        match=r"a figure: found no matplotlib, .*: pip install 'datnet-allennlp\[report\]'",
    ):
        require("matplotlib.figure", "report", "a figure")


def test_what_the_package_itself_lacks(tmp_path, monkeypatch) -> None:
    (tmp_path / "broken_extra.py").write_text("import surely_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="surely_not_there"):
        require("broken_extra", "any", "a test")
