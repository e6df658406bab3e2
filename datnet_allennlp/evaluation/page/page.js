"use strict";
const form = document.getElementById("filter");
const cases = [...document.querySelectorAll("#cases > li")];
const types = new Set(cases.flatMap((each) => each.dataset.types.split("\t")));
for (const type of [...types].sort()) form.elements.type.add(new Option(type, type));

function show() {
  const wanted = Object.fromEntries(new FormData(form));
  const word = wanted.search.toLowerCase();
  let shown = 0;
  for (const each of cases) {
    const data = each.dataset;
    const fits = ["corpus", "model", "kind"].every((key) => !wanted[key] || data[key] === wanted[key])
      && (!wanted.type || data.types.split("\t").includes(wanted.type))
      && (!word || each.lastElementChild.textContent.toLowerCase().includes(word));
    each.hidden = !fits;
    shown += fits;
  }
  document.getElementById("count").value = `${shown} of ${cases.length}`;
}

form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
show();
