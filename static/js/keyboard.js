// `/` search, `[` `]` step the period, `g` and a letter go, `j` `k` rows, `x` selects one, `?` help.
const AFTER_G = 1000; // ms in which the second key counts
let wentAt = 0;

const isTyping = (target) => target.matches("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
const link = (selector) => document.querySelector(selector)?.click();

const current = () => document.querySelector("[data-rows] tr:focus-within .row-link, [data-rows] tr.cur .row-link");

function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-rows] .row-link")];
  const next = rows[current() ? rows.indexOf(current()) + step : 0];
  if (!next) return;
  next.focus();
  next.closest("tr").scrollIntoView({ block: "nearest" });
  if (document.querySelector(".slot > .panel")) next.click();
}

const KEYS = {
  "/": () => { const field = document.querySelector("[data-search]"); field?.focus(); field?.select(); },
  "[": () => link('[data-key="["]'),
  "]": () => link('[data-key="]"]'),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: () => current()?.closest("tr").querySelector("[data-pick]")?.click(),
  "?": () => document.getElementById("keys")?.showModal(),
  g: () => { wentAt = performance.now(); },
};
const GO = { d: "grid", w: "list", s: "sync", t: "team", p: "person", e: "epic", i: "issue", r: "report", c: "calendar" };

function go(key) {
  document.querySelector(`.side a:has(use[href="#i-${GO[key]}"])`)?.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const went = wentAt && performance.now() - wentAt < AFTER_G;
  wentAt = 0;
  const act = went && GO[event.key] ? () => go(event.key) : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (step) moveRow(Number(step.dataset.step));
  if (event.target.closest("[data-help]")) document.getElementById("keys")?.showModal();
});
