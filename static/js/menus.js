// Menus are <details>: they open without this. It closes them again, and lets arrow keys walk through the items.
const OPEN = "details.menu[open]";
const ITEMS = ".item, .input, .check input, .btn";

function close(menu, { refocus = false } = {}) {
  menu.open = false;
  if (refocus) menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(OPEN)) if (!menu.contains(event.target)) close(menu);
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest(OPEN), next = event.relatedTarget;
  // A click on a label focuses what is around the menu and can be focused, such as <main>: nobody has left it then.
  if (menu && next && !menu.contains(next) && !next.contains(menu)) close(menu);
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu");
  if (!menu) return;
  if (event.key === "Escape" && menu.open) {
    event.stopPropagation();
    close(menu, { refocus: true });
  }
  const typing = event.target.matches("input, select, textarea");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || typing) return;
  event.preventDefault();
  menu.open = true;
  const items = [...menu.querySelectorAll(ITEMS)].filter((item) => item.checkVisibility());
  const at = items.indexOf(document.activeElement);
  items.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % items.length)?.focus();
}, true);
