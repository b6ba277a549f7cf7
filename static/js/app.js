// What every page needs: the theme button and live fragments.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-toggle]");
  if (button) window.toggleTheme();
});

// A fragment whose request ended elsewhere (the session ran out and this is the log-in page) must
// not be put into the page.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const answered = new URL(detail.xhr.responseURL, location.href).pathname;
  const asked = new URL(detail.pathInfo.requestPath, location.href).pathname;
  if (answered !== asked && detail.requestConfig.verb === "get") {
    detail.shouldSwap = false;
    location.reload();
  }
});

// One quiet note while live fragments cannot be refreshed; polling goes on.
const setStale = (stale) => {
  document.getElementById("connection-note").hidden = !stale;
};
document.addEventListener("htmx:sendError", () => setStale(true));
document.addEventListener("htmx:responseError", () => setStale(true));
document.addEventListener("htmx:afterSwap", () => setStale(false));
