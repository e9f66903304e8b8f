// The detail panel beside a list: the row it shows is marked, a click anywhere on a row opens it, Escape closes it.
const slot = document.getElementById("panel");
let opener = null;

function mark(row) {
  document.querySelector("[data-rows] tr.cur")?.classList.remove("cur");
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
  mark(link.closest("tr"));
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "list") close(); // the list changes under the panel
});
