// Light, dark or the system's, and the narrow sidebar; both remembered on this device.
const root = document.documentElement;

function remember(name, value) {
  try {
    if (value) localStorage[name] = value;
    else localStorage.removeItem(name);
  } catch { /* storage is blocked: it holds for this page */ }
}

function mark() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    if (button.dataset.themeChoice === (root.dataset.theme ?? "")) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

function unfold() {
  for (const part of document.querySelectorAll("[data-themes], [data-rail-switch]")) part.hidden = false;
  mark();
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]");
  if (choice) {
    if (choice.dataset.themeChoice) root.dataset.theme = choice.dataset.themeChoice;
    else delete root.dataset.theme;
    remember("theme", choice.dataset.themeChoice);
    mark();
  }
  if (event.target.closest("[data-rail-switch]")) {
    const narrow = root.toggleAttribute("data-rail");
    remember("rail", narrow ? "1" : "");
  }
});
document.addEventListener("htmx:oobAfterSwap", unfold);
unfold();
