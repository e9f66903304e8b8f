// Forms that ask with GET leave out what was left empty, so that an address says only what was chosen.
const isEmpty = (field) => field.name && field.value === "";

document.addEventListener("submit", (event) => {
  if (event.target.method !== "get" || event.target.hasAttribute("hx-get")) return;
  const empty = [...event.target.elements].filter(isEmpty);
  for (const field of empty) field.disabled = true;
  setTimeout(() => { for (const field of empty) field.disabled = false; }); // for whoever comes back
});

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") return;
  const asked = event.detail.formData;
  for (const name of new Set(asked.keys())) {
    const chosen = asked.getAll(name).filter((value) => value !== ""); // of two fields of one name one may be empty
    asked.delete(name);
    for (const value of chosen) asked.append(name, value);
  }
});
