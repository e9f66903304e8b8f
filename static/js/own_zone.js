// Offers the browser's own time zone where nobody has chosen one yet.
const select = document.querySelector("[data-own-zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (select?.value === "UTC" && [...select.options].some((option) => option.value === own)) select.value = own;
