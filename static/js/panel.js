// The detail panel beside a list: the row it shows is marked, a click anywhere on a row opens it, Escape closes it.
// Beside the list of worklogs it stands in the address (open=12), so that Back closes it and a link opens with it.
const slot = document.getElementById("panel");
const hasAddress = Boolean(slot && document.getElementById("list"));
let opener = null;

const rows = () => [...document.querySelectorAll("[data-rows] .row-link")];
const opened = () => new URL(location).searchParams.get("open");

function mark(row) {
  document.querySelector(":is([data-rows], [data-days]) .cur")?.classList.remove("cur");
  row?.classList.add("cur");
}

function addressOf(number) {
  const url = new URL(location);
  url.searchParams.delete("open");
  if (number) url.searchParams.set("open", number);
  return url;
}

function tell(number) {
  if (!hasAddress || opened() === number) return;
  if (opened()) history.replaceState(history.state, "", addressOf(number)); // from one row to the next: Back still closes
  else history.pushState({ isPanel: true }, "", addressOf(number));
}

function close() {
  if (!slot?.firstElementChild) return false;
  slot.replaceChildren();
  mark(null);
  document.getElementById(opener)?.focus();
  return true;
}

function leave() {
  if (!close() || !hasAddress || !opened()) return;
  if (history.state?.isPanel) history.back();
  else history.replaceState(history.state, "", addressOf(null));
}

function follow() {
  if (!opened()) {
    close();
    return;
  }
  const link = document.getElementById(`row-${opened()}`);
  if (link) link.click();
  else location.reload();
}

// What stands in the panel: its steps through the rows, and the row that Escape goes back to.
function adopt(row) {
  const at = rows().indexOf(row);
  for (const button of slot.querySelectorAll("[data-step]")) {
    button.hidden = at < 0;
    button.disabled = !rows()[at + Number(button.dataset.step)];
  }
  opener = row.id;
  mark(row.closest("tr"));
}

document.addEventListener("click", (event) => {
  if (slot && event.target.closest("[data-close-panel]")) {
    event.preventDefault();
    leave();
    return;
  }
  const row = event.target.closest("[data-rows] tr");
  const selecting = !getSelection().isCollapsed;
  if (row && !selecting && !event.target.closest("a, button, input, label, .pick")) row.querySelector(".row-link")?.click();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open], details.menu[open]")) leave();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const link = event.detail.elt;
  if (!event.detail.successful || !link.matches?.(".row-link")) return;
  opener = link.id;
  if (link.closest("[data-days]")) return;
  adopt(link);
  tell(link.id.replace("row-", ""));
});

// A day says itself which cell of the calendar it is, since another day of the panel may have led to it. Its steps keep
// the focus; whatever else brings a panel gives it away.
document.addEventListener("htmx:afterSwap", (event) => {
  if (slot && event.detail.target === slot && !slot.contains(document.activeElement)) {
    slot.firstElementChild?.focus({ preventScroll: true });
  }
  const day = document.getElementById(slot?.firstElementChild?.dataset.of);
  if (!day) return;
  opener = day.id;
  mark(day.closest("td") ?? day);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "list") close(); // the list changes under the panel
});

addEventListener("popstate", (event) => {
  if (hasAddress && !event.state?.htmx) follow(); // htmx loads its own pages anew, with their panel
});

if (hasAddress && slot.firstElementChild) {
  const row = document.getElementById(`row-${opened()}`);
  if (row) adopt(row);
  slot.firstElementChild.focus({ preventScroll: true });
}
