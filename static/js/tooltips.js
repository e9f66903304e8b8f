// Tooltips of chart marks (data-tip: lines of label|value|swatch) and arrow keys from mark to mark.
const tip = document.createElement("div");
Object.assign(tip, { className: "tip", hidden: true });
tip.setAttribute("aria-hidden", "true"); // the mark's own label says the same
document.body.append(tip);

function element(tag, className, text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

function line(text) {
  const row = element("div", "");
  const [label, value, swatch] = text.split("|");
  if (swatch) row.append(element("i", `sw s${swatch}`));
  row.append(label);
  if (value) row.append(element("span", "n", value));
  return row;
}

function place(mark) {
  const box = mark.getBoundingClientRect();
  const right = box.right + 8 + tip.offsetWidth < document.documentElement.clientWidth;
  tip.style.left = `${right ? box.right + 8 : Math.max(8, box.left - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.max(8, Math.min(box.top + 8, innerHeight - tip.offsetHeight - 8))}px`;
}

function show(event) {
  const mark = event.target.closest?.("[data-tip]");
  tip.hidden = !mark;
  if (!mark) return;
  tip.replaceChildren(...mark.dataset.tip.split("\n").map(line));
  place(mark);
}

// One tab stop a chart: the first mark, then whichever was reached by arrows.
for (const marks of document.querySelectorAll("[data-marks]")) {
  [...marks.children].forEach((mark, number) => mark.setAttribute("tabindex", number ? "-1" : "0"));
}

function walk(event) {
  const mark = event.target.closest?.("[data-marks] > a");
  const other = mark && { ArrowRight: mark.nextElementSibling, ArrowLeft: mark.previousElementSibling,
    Home: mark.parentElement.firstElementChild, End: mark.parentElement.lastElementChild }[event.key];
  if (!other) return;
  event.preventDefault();
  mark.setAttribute("tabindex", "-1");
  other.setAttribute("tabindex", "0");
  other.focus();
}

document.addEventListener("mouseover", show);
document.addEventListener("focusin", show);
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true, capture: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") tip.hidden = true;
  walk(event);
});
