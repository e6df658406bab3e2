"use strict";
// All that is shown is put there as text, never as HTML.

const $ = (id) => document.getElementById(id);
const hues = new Map(); // by entity type
let records = []; // what was tagged last
let answers = new Map(); // by model: the tagged records
let running = null; // aborts the request that is under way
const ranked = new Map(); // by model and record: a promise of the best taggings

function make(name, properties = {}, children = []) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function percent(share) {
  if (share < 0.001) return "< 0.1 %";
  // Rounded down where it matters: nothing but certainty is 100 %.
  return share > 0.99 ? `${Math.floor(1000 * share) / 10} %` : `${(100 * share).toFixed(0)} %`;
}

function hue(type) {
  // Golden angles: any number of hues, far apart from each other.
  if (!hues.has(type)) hues.set(type, (205 + 137.5 * hues.size) % 360);
  return hues.get(type);
}

function complain(...sentences) {
  $("errors").textContent = sentences.join("\n");
  $("errors").hidden = !sentences.length;
}

async function ask(path, body, signal) {
  let response;
  try {
    response = await fetch(path, { method: "POST", body, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer; is `allennlp demo` still running?");
  }
  if (response.ok) return response;
  const text = await response.text();
  let sentence = `The server failed (${response.status}).`;
  try { sentence = JSON.parse(text).error; } catch { /* it is no JSON */ }
  throw new Error(sentence);
}

const askJson = async (path, content, signal) =>
  (await ask(path, JSON.stringify(content), signal)).json();

async function tag() {
  running?.abort();
  const own = running = new AbortController();
  const models = [...new Set([$("left").value, $("right").value])].filter(Boolean);
  ranked.clear();
  $("tag").disabled = true;
  try {
    const found = new Map();
    for (const model of models) {
      $("status").textContent = `${model} tags ${count(records.length, "text")} …`;
      found.set(model, await askJson("tag", { model, records }, own.signal));
    }
    answers = found;
    show();
  } catch (error) {
    if (error.name === "AbortError") return;
    complain(error.message);
    $("status").textContent = "";
  }
  if (running === own) $("tag").disabled = false;
}

const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

const key = (entity) => `${entity.start} ${entity.end} ${entity.type}`;
const confident = (entity) => (entity.confidence ?? 1) >= $("threshold").value / 100;

function show() {
  hideTip();
  const models = [...answers.keys()];
  const rows = records.map((record, index) => {
    const of = models.map((model) => answers.get(model)[index]);
    const keys = of.map((each) => new Set((each.entities ?? []).filter(confident).map(key)));
    return make("div", { className: "row" }, of.map((answer, i) => answer.error
      ? make("div", { className: "text failed", textContent: answer.error })
      : showText(answer, models[i], index, keys[1 - i])));
  });
  const head = make("div", { className: "row" },
    models.map((model) => make("div", { textContent: model })));
  $("results").replaceChildren(...(rows.length ? [head, ...rows] : []));
  const totals = models.map((model) => {
    const entities = answers.get(model).flatMap((each) => each.entities ?? []).filter(confident);
    return `${model}: ${entities.length.toLocaleString("en")}`;
  });
  $("status").textContent = rows.length
    ? `${count(rows.length, "text")}; entities: ${totals.join(", ")}`
      + (models.length > 1 ? ". A dashed line: the other model does not find it." : "")
    : "Nothing to tag.";
  $("saved").replaceChildren(...models.map((model) => new Option(model, model)));
  $("save").hidden = !rows.length;
}

function showText(answer, model, index, others) {
  // Places count characters, which JavaScript's own strings do not.
  const characters = Array.from(answer.text);
  const parts = [];
  let done = 0;
  for (const entity of answer.entities.filter(confident)) {
    parts.push(characters.slice(done, entity.start).join(""));
    const text = characters.slice(entity.start, entity.end).join("");
    const sure = entity.confidence === undefined ? "" : ` ${percent(entity.confidence)}`;
    // An element of its own: beside letters that run to the left, a number would change places.
    const type = make("span", { dir: "auto", textContent: entity.type });
    const mark = make("mark", { tabIndex: 0, className: "entity" },
      // A space that does not break: the type stays beside the last word.
      [make("bdi", { textContent: text }), "\u00a0", make("small", { dir: "ltr" }, [type, sure.replaceAll(" ", "\u00a0")])]);
    mark.style.setProperty("--hue", hue(entity.type));
    mark.style.setProperty("--confidence", entity.confidence ?? 1);
    mark.classList.toggle("differs", Boolean(others) && !others.has(key(entity)));
    Object.assign(mark.dataset, { model, index, type: entity.type });
    parts.push(mark);
    done = entity.end;
  }
  parts.push(characters.slice(done).join(""));
  const shown = make("div", { className: "text", dir: "auto" }, parts);
  shown.dataset.model = model;
  return shown;
}

// The best taggings of the text, when the mouse or the focus rests on an entity.

let waiting = null;
let described = null; // the entity that the tip belongs to

function hideTip() {
  clearTimeout(waiting);
  described?.removeAttribute("aria-describedby");
  $("tip").hidden = true;
}

function restOn(mark) {
  clearTimeout(waiting);
  waiting = setTimeout(() => showTip(mark), 150);
}

async function showTip(mark) {
  const { model, index } = mark.dataset;
  const place = `${index} ${model}`;
  if (!ranked.has(place)) {
    ranked.set(place, askJson("alternatives", { model, record: records[index] }));
  }
  const own = waiting;
  let content;
  try {
    content = describeRanking(await ranked.get(place));
  } catch (error) {
    content = [error.message];
  }
  if (own !== waiting || !mark.isConnected) return; // meanwhile the mouse went elsewhere
  const tip = $("tip");
  tip.replaceChildren(...content);
  tip.hidden = false;
  described = mark;
  mark.setAttribute("aria-describedby", "tip");
  const box = mark.getBoundingClientRect();
  const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 12);
  tip.style.left = `${Math.max(8, left) + scrollX}px`;
  tip.style.top = `${box.bottom + scrollY + 8}px`;
}

function describeRanking(ranking) {
  const items = ranking.map(({ probability, entities }) => make("li", {}, [
    make("b", { textContent: percent(probability) }),
    make("span", { dir: "auto" }, entities.length ? entities.flatMap((each, i) => [
      i ? ", " : "", make("bdi", { textContent: each.text }),
      " (", make("bdi", { textContent: each.type }), ")",
    ]) : ["no entity"]),
  ]));
  return ["The most probable taggings of this text", make("ol", {}, items)];
}

for (const [on, off] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  $("results").addEventListener(on, (event) => {
    const mark = event.target.closest("mark");
    if (mark) restOn(mark);
  });
  $("results").addEventListener(off, hideTip);
}
addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });

// Input

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  complain();
  $("choice").hidden = true;
  records = $("texts").value.split("\n").filter((text) => text.trim()).map((text) => ({ text }));
  tag();
});
$("texts").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
});

async function readFile(file, column) {
  complain();
  $("choice").hidden = true;
  $("status").textContent = `Reading ${file.name} …`;
  try {
    const query = new URLSearchParams({ name: file.name, ...(column !== undefined && { column }) });
    const response = await ask(`read?${query}`, file);
    const { records: found, errors, columns } = await response.json();
    if (columns.length) return chooseColumn(file, columns);
    complain(...errors);
    records = found;
  } catch (error) {
    complain(error.message);
    $("status").textContent = "";
    return;
  }
  await tag();
}

function chooseColumn(file, columns) {
  const none = new Option("choose one", "", true, true);
  none.disabled = true;
  $("column").replaceChildren(none, ...columns.map((name) => new Option(name, name)));
  $("column").onchange = () => readFile(file, $("column").value);
  $("choice").hidden = false;
  $("status").textContent = `${file.name} has no column "text".`;
  $("column").focus();
}

$("open").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => {
  if ($("file").files.length) readFile($("file").files[0]);
  $("file").value = "";
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
addEventListener("drop", (event) => {
  document.body.classList.remove("dropping");
  event.preventDefault();
  const { files } = event.dataTransfer;
  if (files.length) readFile(files[0]);
  else complain("Found no file in what was dropped, expected one.");
});

for (const side of ["left", "right"]) {
  $(side).addEventListener("change", () => { if (records.length) tag(); });
}
$("threshold").addEventListener("input", () => {
  $("least").value = `${$("threshold").value} %`;
  if (records.length) show();
});

$("save").addEventListener("submit", async (event) => {
  event.preventDefault();
  complain();
  const content = { model: $("saved").value, format: $("format").value, records };
  try {
    const response = await ask("download", JSON.stringify(content));
    const name = /filename="(.*)"/.exec(response.headers.get("Content-Disposition"))[1];
    const url = URL.createObjectURL(await response.blob());
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  } catch (error) {
    complain(error.message);
  }
});

(async () => {
  try {
    const { models, types, formats, suffixes } = await (await fetch("models")).json();
    types.forEach(hue);
    for (const model of models) {
      $("left").add(new Option(model, model));
      $("right").add(new Option(model, model));
    }
    $("beside").hidden = models.length < 2;
    if (models.length > 1) $("right").value = models[1];
    for (const format of formats) $("format").add(new Option(format, format));
    $("format").value = "jsonl";
    $("file").accept = suffixes.join(",");
  } catch {
    complain("The server does not answer; is `allennlp demo` still running?");
  }
})();
