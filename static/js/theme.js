// Runs before the first paint, so that a remembered theme or rail does not flash.
document.documentElement.dataset.scripts = ""; // shows what only works with them
(() => {
  try {
    const { theme, rail } = localStorage;
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    if (rail) document.documentElement.dataset.rail = "";
  } catch { /* storage is blocked: the system's theme holds */ }
})();
