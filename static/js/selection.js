// Rows of a list are selected (a click, a range with Shift, the key x) and what they come to is told below them.
let last = null;

const boxes = () => [...document.querySelectorAll("[data-pick]")];

function figures(number, digits) {
  return new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(number);
}

// As `formatted` of worklogs/hours.py writes them.
function written(seconds, cell) {
  const style = cell.dataset.pickedHours;
  if (style === "decimal") return figures(seconds / 3600, 2);
  if (style === "days") return cell.dataset.days.replace("{n}", figures(seconds / Number(cell.dataset.daySeconds), 2));
  const minutes = Math.floor((seconds + 30) / 60);
  const [hours, rest] = [Math.floor(minutes / 60), String(minutes % 60).padStart(2, "0")];
  if (style !== "words") return `${figures(hours, 0)}:${rest}`;
  if (!hours) return `${minutes}m`;
  return minutes % 60 ? `${figures(hours, 0)}h ${rest}m` : `${figures(hours, 0)}h`;
}

function sum() {
  const row = document.querySelector(".picked");
  if (!row) return;
  const picked = boxes().filter((box) => box.checked);
  for (const box of boxes()) box.closest("tr").classList.toggle("on", box.checked);
  const text = row.querySelector("[data-picked]");
  const cell = row.querySelector("[data-picked-hours]");
  row.hidden = !picked.length;
  const count = picked.length === 1 ? text.dataset.one : text.dataset.many.replace("{n}", figures(picked.length, 0));
  cell.textContent = written(picked.reduce((all, box) => all + Number(box.dataset.pick), 0), cell);
  text.textContent = picked.length ? `${count}, ${cell.textContent}` : "";
  const every = document.querySelector("[data-pick-all]");
  every.checked = picked.length === boxes().length;
  every.indeterminate = picked.length > 0 && !every.checked;
}

function pick(box, isRange) {
  const [from, to] = [boxes().indexOf(last), boxes().indexOf(box)].sort((one, other) => one - other);
  if (isRange && from >= 0) for (const each of boxes().slice(from, to + 1)) each.checked = box.checked;
  last = box;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-pick]");
  const every = event.target.closest("[data-pick-all]");
  const isNone = event.target.closest("[data-pick-none]");
  if (box) pick(box, event.shiftKey);
  if (every || isNone) for (const each of boxes()) each.checked = Boolean(every?.checked);
  if (box || every || isNone) sum();
});
addEventListener("pageshow", sum); // Back brings the boxes as they were left
