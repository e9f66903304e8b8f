// A condition that is removed or applied takes what had the focus with it: the button of its menu has it then.
const BUTTON = "add-filter";
let heir = "";

document.addEventListener("htmx:beforeRequest", (event) => {
  const asks = event.detail.elt;
  if (asks === document.body) return; // it follows the address that a form answered with
  heir = asks.closest?.(".filters") ? asks.closest("details.menu")?.querySelector("summary").id || BUTTON : "";
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (!heir || event.detail.target?.id !== "list") return;
  if (document.activeElement === document.body) document.getElementById(heir)?.focus({ preventScroll: true });
  heir = "";
});
