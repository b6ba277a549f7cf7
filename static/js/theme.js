// Loaded before the page is painted, so that a dark page never flashes light.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  const remembered = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is closed to this page; the system's choice holds
    }
  };
  const apply = () => {
    root.dataset.bsTheme = remembered() ?? (system.matches ? "dark" : "light");
  };

  root.classList.add("js");
  apply();
  system.addEventListener("change", apply);

  window.toggleTheme = () => {
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", next);
    } catch {
      // the choice holds for this page alone
    }
    root.dataset.bsTheme = next;
  };
})();
