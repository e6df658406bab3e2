"""The page in a real browser."""

import shutil

import pytest

from datnet_allennlp.evaluation.errors import KINDS
from datnet_allennlp.evaluation.page.inspection import DataSet, Options, inspect_models
from datnet_allennlp.evaluation.page.rendering import write_page

pytestmark = pytest.mark.browser

HOSTILE = ["<img", "src=x", "onerror=alert(1)>", "\u202eمرحبا", "\U0001f600", "$x_1$", "</script>"]


@pytest.fixture(scope="module")
def inspection(archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    name, corpus = folder / "$a_1$ & <i>.tar.gz", folder / "<b>.conll"
    shutil.copy(archive, name)
    lines = [f"{word}\t{'B-person' if i % 3 == 0 else 'O'}" for i, word in enumerate(HOSTILE)]
    corpus.write_text("".join("\n".join(lines) + f"\nnumber{i}\tB-group\n\n" for i in range(8)))
    return inspect_models([str(name)], [DataSet(str(corpus))], Options(robustness=True))


@pytest.fixture
def url(inspection, tmp_path) -> str:
    write_page(inspection, tmp_path / "page.html")
    return (tmp_path / "page.html").as_uri()


def test_filter_and_search(open_page, url, inspection) -> None:
    page = open_page(url)
    [data] = inspection["data"]
    cases = data["cases"]

    def shown() -> list[str]:
        visible = page.locator("#cases > li:visible")
        assert page.inner_text("#count") == f"{visible.count()} of {len(cases)}"
        return visible.locator(".what b").all_text_contents()

    assert shown() == [case["kind"] for case in cases]
    for kind in KINDS:
        page.select_option("[name=kind]", kind)
        assert shown() == [case["kind"] for case in cases if case["kind"] == kind]
    page.select_option("[name=kind]", "")
    page.select_option("[name=type]", "group")
    with_group = [
        case
        for case in cases
        if "group" in [case[side]["type"] for side in ("gold", "predicted") if case[side]]
    ]
    assert shown() == [case["kind"] for case in with_group] and with_group
    page.select_option("[name=type]", "")
    page.fill("[name=search]", "NUMBER3")
    assert shown() == [case["kind"] for case in cases if case["sentence"] == 3]
    page.fill("[name=search]", "nowhere")
    assert shown() == []


def test_sentences_are_shown_as_they_are(open_page, url, inspection) -> None:
    page = open_page(url)
    [data] = inspection["data"]
    found = page.locator("#cases .sentence").all_text_contents()
    assert [" ".join(text.split()) for text in found] == [
        " ".join(data["sentences"][case["sentence"]]) for case in data["cases"]
    ]
    # What is marked is the entity.
    first = data["cases"][0]
    for side in ("gold", "predicted"):
        if first[side]:
            words = data["sentences"][first["sentence"]][first[side]["start"] : first[side]["end"]]
            marked = page.locator(f"#cases > li:first-child .sentence .{side}").all_text_contents()
            assert " ".join(marked) == " ".join(words)
    assert page.locator("img, #cases script").count() == 0
    # Also what matplotlib writes: no text is taken for a formula.
    assert "$a_1$ & <i>" in page.locator("svg text").all_text_contents()
    assert "<b>.conll" in page.inner_text("h3 >> nth=0")


def test_a_picture_stands_under_the_name_of_its_data(open_page, inspection, tmp_path) -> None:
    [data] = inspection["data"]
    # As of a corpus in which no entity was predicted.
    models = {name: {**each, "calibration": None} for name, each in data["models"].items()}
    without = {**data, "label": "without", "models": models}
    write_page({**inspection, "data": [without, data]}, tmp_path / "page.html")
    page = open_page((tmp_path / "page.html").as_uri())
    assert page.locator("#calibration h3").all_text_contents() == [data["label"]]
    assert page.locator("#calibration svg").count() == 1


def test_on_a_phone_pictures_can_be_read_and_the_page_does_not_scroll_aside(open_page, url) -> None:
    page = open_page(url)
    page.set_viewport_size({"width": 375, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    assert page.locator("svg").count() > 0
    for picture in page.locator("svg").all():
        assert picture.get_attribute("role") == "img" and picture.get_attribute("aria-label")
        # As they are drawn, the letters have about 9 points.
        drawn = float(picture.get_attribute("viewBox").split()[2])
        assert picture.bounding_box()["width"] > 0.55 * drawn * 96 / 72


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_have_the_colour_of_the_text(open_page, url, scheme) -> None:
    page = open_page(url, scheme)
    colours = page.evaluate(
        """() => [document.body, document.querySelector("svg text")].map(
            (element, i) => getComputedStyle(element)[i ? "fill" : "color"])"""
    )
    assert colours[0] == colours[1]
