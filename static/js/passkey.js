// Makes or asks for a passkey. The form names what it does in data-passkey; its options lie beside it as JSON.
const form = document.querySelector("[data-passkey]");
const button = form.querySelector("button");

async function credential() {
  const options = JSON.parse(document.getElementById("js_data").textContent);
  const { create, get } = globalThis.webauthnJSON;
  return form.dataset.passkey === "create" ? create(options.creation_options) : get(options.request_options);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.setAttribute("aria-busy", "true");
  form.querySelector("[data-refused]").hidden = true;
  try {
    form.elements.credential.value = JSON.stringify(await credential());
    form.submit(); // sends without this listener
  } catch {
    // Cancelled, timed out, or a key that is here already: the browser tells no page which.
    form.querySelector("[data-refused]").hidden = false;
    button.removeAttribute("aria-busy");
  }
});

button.disabled = !globalThis.webauthnJSON?.supported();
