"use strict";
// What a link points to is opened and, should a filter have hidden it, shown again.
function show(hash) {
  const shown = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
  if (!shown) return;
  shown.classList.remove("out");
  if (shown.tagName === "DETAILS") shown.open = true;
  shown.scrollIntoView();
}
addEventListener("hashchange", () => show(location.hash));
show(location.hash);

function filter(bar) {
  const items = document.querySelectorAll(".item." + bar.dataset.of);
  const chosen = [...bar.querySelectorAll("select")].filter((select) => select.value);
  const words = bar.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const item of items) {
    const fits = chosen.every((select) => (item.dataset[select.name] || "").split(" ").includes(select.value))
      && words.every((word) => item.textContent.toLowerCase().includes(word));
    item.classList.toggle("out", !fits);
    left += fits;
  }
  bar.querySelector("output").textContent = left === items.length ? `${left}` : `${left} of ${items.length}`;
}
for (const bar of document.querySelectorAll(".filters")) {
  bar.addEventListener("input", () => filter(bar));
  filter(bar);
}
// A link such as "25 changes to decide on" leads to its section and shows only those.
for (const link of document.querySelectorAll("a[data-only]")) {
  link.addEventListener("click", () => {
    const [name, value] = link.dataset.only.split("=");
    const bar = document.querySelector(link.getAttribute("href") + " .filters");
    bar.querySelectorAll("select").forEach((select) => { select.value = select.name === name ? value : ""; });
    bar.querySelector("input").value = "";
    filter(bar);
  });
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.querySelectorAll("th")];
  heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const compare = head.dataset.by === "number" ? (a, b) => a - b : (a, b) => a.localeCompare(b, "en", { numeric: true });
    const rows = [...table.tBodies[0].rows].sort((a, b) => compare(value(a), value(b)) * (down ? -1 : 1));
    table.tBodies[0].append(...rows);
  }));
}
for (const picture of document.querySelectorAll("#erd .picture")) {
  const toggle = () => picture.classList.toggle("full");
  picture.addEventListener("dblclick", toggle);
  picture.addEventListener("keydown", (key) => { if (key.key === "Enter") toggle(); });
}
