// A long list of options is searched by any of its words. What is chosen stays in sight.
// Letters as fold() of worklogs/folding.py has them; a test holds the two together.
const PLAIN = {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss", "ς": "σ"};
const plain = (text) =>
  [...text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "")].map((letter) => PLAIN[letter] ?? letter).join("");

function narrow(field) {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  for (const option of field.closest(".facet").querySelectorAll(".options > label")) {
    const text = plain(option.textContent);
    option.hidden = !option.querySelector(":checked") && !words.every((word) => text.includes(word));
  }
}

function unfold() {
  for (const field of document.querySelectorAll("[data-search-options]")) field.hidden = false;
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-search-options]")) narrow(event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-search-options]")) event.preventDefault();
});
document.addEventListener("htmx:afterSettle", unfold);
unfold();
