// Ctrl+K: a page, person, team, epic or issue by a few letters. Arrows walk through what was found, Enter opens it.
const palette = document.getElementById("palette");
const field = palette?.querySelector("input");
const found = () => [...palette.querySelectorAll("[data-found] a")];

function mark(link) {
  palette.querySelector("a.on")?.classList.remove("on");
  link?.classList.add("on");
  link?.scrollIntoView({ block: "nearest" });
}

function open() {
  palette.showModal();
  field.select();
  field.form.dispatchEvent(new Event("load-palette"));
}

document.addEventListener("keydown", (event) => {
  if (!palette) return;
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (palette.open) palette.close();
    else if (!document.querySelector("dialog[open]")) open();
  }
});

palette?.addEventListener("keydown", (event) => {
  const links = found();
  const at = links.findIndex((link) => link.classList.contains("on"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    mark(links.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % links.length));
  } else if (event.key === "Enter" && event.target === field) {
    event.preventDefault();
    (links[at] ?? links[0])?.click();
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (palette?.open && event.detail.target?.id === "found") mark(found()[0]);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-palette]")) open();
  else if (event.target === palette) palette.close();
});
