"use strict";
function open(hash) {
  const shown = hash && document.getElementById(hash.slice(1));
  if (shown && shown.tagName === "DETAILS") { shown.open = true; shown.scrollIntoView(); }
}
addEventListener("hashchange", () => open(location.hash));
open(location.hash);

for (const table of document.querySelectorAll("table.sortable")) {
  table.querySelectorAll("th").forEach((head, column) => head.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const rows = [...table.tBodies[0].rows].sort((a, b) =>
      (head.dataset.sort === "number" ? value(a) - value(b) : value(a).localeCompare(value(b))) * (down ? -1 : 1));
    table.tBodies[0].append(...rows);
  }));
}
for (const picture of document.querySelectorAll("#erd .picture")) {
  picture.addEventListener("dblclick", () => picture.classList.toggle("full"));
}
