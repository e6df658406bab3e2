"""The page in a real browser."""

import json

import pytest

pytestmark = pytest.mark.browser

TEXTS = ["Mia Torres in Dublin " * 3, "Halden United won", "home from Tokyo"]


def results(page) -> list[list[str]]:
    """What is shown of each text by each model."""
    rows = page.locator("#results .row").all()
    return [row.locator("> *").all_text_contents() for row in rows]


def tag(page, text: str) -> None:
    page.fill("#texts", text)
    page.click("#tag")
    page.wait_for_selector("#tag:enabled")


@pytest.fixture
def page(open_page, address):
    page = open_page(address)
    page.wait_for_selector("#left option", state="attached")
    return page


def test_types_and_reads_what_is_shown(page, service) -> None:
    tag(page, "\n".join(TEXTS))
    head, *rows = results(page)
    assert head == ["first", "<second>"]
    answers = service.tag("first", [{"text": text} for text in TEXTS])
    assert len(rows) == len(TEXTS)
    # Both columns are the same model.
    assert all(row[0] == row[1] for row in rows)
    marks = page.locator("#results .text:first-child mark")
    entities = [entity for answer in answers for entity in answer["entities"]]
    assert len(entities) > 2
    assert marks.locator("bdi").all_text_contents() == [entity["text"] for entity in entities]
    labels = marks.locator("small").all_text_contents()
    assert [label.split()[0] for label in labels] == [entity["type"] for entity in entities]
    for label, entity in zip(labels, entities, strict=True):
        assert float(label.split()[-2]) == pytest.approx(100 * entity["confidence"], abs=0.51)
    # One model alone.
    page.select_option("#right", "")
    page.wait_for_selector("#results .row > :only-child")
    assert [row[0] for row in results(page)[1:]] == [row[0] for row in rows]


def test_the_threshold(page, service) -> None:
    tag(page, "\n".join(TEXTS))
    page.locator("#threshold").fill("50")
    confident = [
        entity
        for answer in service.tag("first", [{"text": text} for text in TEXTS])
        for entity in answer["entities"]
        if entity["confidence"] >= 0.5
    ]
    assert page.locator("#results .text:first-child mark").count() == len(confident)
    assert page.inner_text("#least") == "50 %"


def test_alternatives_on_hover_and_on_focus(page, service) -> None:
    text = "Mia Torres in Dublin " * 3
    tag(page, text)
    assert page.locator("mark").count() > 2
    page.hover("mark >> nth=0")
    page.wait_for_selector("#tip:not([hidden])")
    assert page.locator("#tip li").count() == len(service.alternatives("first", {"text": text}))
    page.keyboard.press("Escape")
    assert page.is_hidden("#tip")
    page.mouse.move(0, 0)
    page.focus("mark >> nth=0")
    page.wait_for_selector("#tip:not([hidden])")
    # For a screen reader: the entity that has the focus, and no other.
    assert page.get_attribute("mark >> nth=0", "aria-describedby") == "tip"
    page.keyboard.press("Tab")
    page.wait_for_selector("mark:focus[aria-describedby]")
    assert page.locator("[aria-describedby]").count() == 1


def test_on_a_phone_two_models_stand_one_below_the_other(page) -> None:
    tag(page, TEXTS[0])
    left, right = (each.bounding_box() for each in page.locator(".text").all())
    assert left["y"] == right["y"] and left["x"] < right["x"]
    page.set_viewport_size({"width": 375, "height": 700})
    left, right = (each.bounding_box() for each in page.locator(".text").all())
    assert left["x"] == right["x"] and left["y"] + left["height"] <= right["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == 375


def test_nothing(page) -> None:
    tag(page, "  \n\n")
    assert page.inner_text("#status") == "Nothing to tag." and results(page) == []
    assert page.is_hidden("#save") and page.is_hidden("#errors")


def test_hostile_texts(page) -> None:
    texts = [
        "<script>alert(1)</script><img src=x onerror=alert(2)> Mia Torres",
        "\u202eMia Torres\u202c مرحبا Dublin",
        "\U0001f600\U0001f468\u200d\U0001f469 Mia Torres \U0001f600 in Dublin",
        "&lt;b&gt; &amp; ' \" </div>",
        "x\x00y \ufffd",
    ]
    tag(page, "\n".join(texts))
    rows = page.locator("#results .row .text:first-child").all()
    assert len(rows) == len(texts)
    for text, row in zip(texts, rows, strict=True):
        seen = row.evaluate(
            "row => { const copy = row.cloneNode(true);"
            " copy.querySelectorAll('mark').forEach(mark => mark.replaceWith(mark.firstChild));"
            " return copy.textContent }"
        )
        assert seen == text
    assert page.locator("#results script, #results img, #results b").count() == 0


def test_a_hundred_kilobytes(page) -> None:
    line = "Halden United play in Dublin and Kai Lindqvist is back \U0001f600 @bob #nyc"
    tag(page, "\n".join([line] * 1500))
    assert page.locator("#results .row").count() == 1501
    assert page.inner_text("#status").startswith("1,500 texts")


def test_opens_a_file(page, tmp_path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS) + "{\n")
    page.set_input_files("#file", file)
    page.wait_for_selector("#results .row")
    assert len(results(page)) == 1 + len(TEXTS)
    assert page.inner_text("#errors").startswith("texts.jsonl:4: cannot read the line")


def test_chooses_the_column_of_a_table(page, tmp_path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("id,tweet\n" + "".join(f'7,"{text}"\n' for text in TEXTS))
    page.set_input_files("#file", file)
    page.wait_for_selector("#choice:not([hidden])")
    assert page.locator("#column option:enabled").all_text_contents() == ["id", "tweet"]
    page.select_option("#column", "tweet")
    page.wait_for_selector("#results .row")
    assert len(results(page)) == 1 + len(TEXTS)
    assert page.is_hidden("#choice") and page.is_hidden("#errors")


def test_drops_a_file(page) -> None:
    page.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["Mia Torres\\nDublin\\n"], "a.txt"));
            dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
        }"""
    )
    page.wait_for_selector("#results .row")
    assert len(results(page)) == 3


def test_a_file_of_the_wrong_kind(page, tmp_path) -> None:
    file = tmp_path / "cat.png"
    file.write_bytes(b"\x89PNG")
    page.set_input_files("#file", file)
    page.wait_for_selector("#errors:not([hidden])")
    assert page.inner_text("#errors").startswith("cat.png: found a file of another kind, expected")


def test_a_file_that_is_too_large(page, tmp_path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"Mia Torres\n" * 800_000)
    page.set_input_files("#file", file)
    page.wait_for_selector("#errors:not([hidden])")
    assert page.inner_text("#errors").startswith("found 8,800,000 bytes, expected at most")


def test_downloads(page, service) -> None:
    tag(page, "\n".join(TEXTS))
    page.select_option("#format", "conll")
    with page.expect_download() as download:
        page.click("#save button")
    assert download.value.suggested_filename == "entities.conll"
    records = [{"text": text} for text in TEXTS]
    assert download.value.path().read_bytes() == service.download("first", "conll", records)[1]


@pytest.mark.parametrize("scheme, is_light", [("light", True), ("dark", False)])
def test_light_and_dark(open_page, address, scheme, is_light) -> None:
    page = open_page(address, scheme)
    colours = page.evaluate(
        "['color', 'backgroundColor'].map(key => getComputedStyle(document.body)[key]"
        ".match(/\\d+/g).map(Number).reduce((a, b) => a + b))"
    )
    assert (colours[0] < colours[1]) == is_light


def test_a_type_of_any_letters_and_length(page) -> None:
    def shown(type_: str) -> None:
        entity = {"start": 0, "end": 3, "type": type_, "confidence": 0.3}
        page.evaluate(
            "entity => $('results').replaceChildren(make('div', { className: 'row' }, "
            "[showText({ text: 'Mia', entities: [entity] }, 'first', 0)]))",
            entity,
        )

    shown("x" * 300)
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) == 0
    # Letters that run to the left take no number with them: the type stands before it.
    shown("مكان")
    assert page.locator("mark small").text_content().split() == ["مكان", "30", "%"]
    edges = page.evaluate(
        """() => {
            const [type, share] = document.querySelector("mark small").childNodes;
            const range = document.createRange();
            range.selectNode(share);
            return [type.getBoundingClientRect().right, range.getBoundingClientRect().left];
        }"""
    )
    assert edges[0] == pytest.approx(edges[1], abs=1)
