// The detail panel beside a list: the row it shows is marked, a click anywhere on a row opens it, Escape closes it.
const slot = document.getElementById("panel");
let opener = null;

function mark(row) {
  document.querySelector(":is([data-rows], [data-days]) .cur")?.classList.remove("cur");
  row?.classList.add("cur");
}

function close() {
  if (!slot?.firstElementChild) return false;
  slot.replaceChildren();
  mark(null);
  document.getElementById(opener)?.focus();
  return true;
}

document.addEventListener("click", (event) => {
  if (slot && event.target.closest("[data-close-panel]")) {
    event.preventDefault();
    close();
    return;
  }
  const row = event.target.closest("[data-rows] tr");
  const selecting = !getSelection().isCollapsed;
  if (row && !selecting && !event.target.closest("a, button, input, label")) row.querySelector(".row-link")?.click();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open], details.menu[open]")) close();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const link = event.detail.elt;
  if (!event.detail.successful || !link.matches?.(".row-link")) return;
  opener = link.id;
  if (!link.closest("[data-days]")) mark(link.closest("tr"));
});

// A day says itself which cell of the calendar it is, since another day of the panel may have led to it.
document.addEventListener("htmx:afterSwap", () => {
  const day = document.getElementById(slot?.firstElementChild?.dataset.of);
  if (!day) return;
  opener = day.id;
  mark(day.closest("td") ?? day);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "list") close(); // the list changes under the panel
});
