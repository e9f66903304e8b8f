// Buttons that copy this page's address, filters included.
const DONE = 1600; // ms that the page says so

function unfold() {
  if (!navigator.clipboard) return; // needs https or localhost
  for (const button of document.querySelectorAll("[data-copy-link]")) button.hidden = false;
}

function say(text) {
  const toast = Object.assign(document.createElement("p"), { className: "toast", textContent: text });
  document.querySelector(".toasts").append(toast);
  setTimeout(() => toast.remove(), DONE);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-link]");
  if (!button) return;
  await navigator.clipboard.writeText(location.href);
  say(button.dataset.doneText);
});
document.addEventListener("htmx:afterSettle", unfold);
unfold();
