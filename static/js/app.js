// What every page needs: the theme button, confirmations, field pickers, live fragments.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-toggle]");
  if (button) window.toggleTheme();
});

// A form with data-confirm is sent only after the dialog's button was pressed. The listener runs
// in the capture phase, so it comes before htmx's own.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const question = form.dataset.confirm;
    if (!question || form.dataset.confirmed) {
      delete form.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    const dialog = document.getElementById("confirm-dialog");
    dialog.querySelector("[data-confirm-title]").textContent = question;
    dialog.querySelector("[data-confirm-detail]").textContent = form.dataset.confirmDetail ?? "";
    dialog.querySelector("[value=confirm]").textContent =
      form.dataset.confirmLabel ?? submitter?.textContent.trim() ?? "Continue";
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "confirm") return;
        form.dataset.confirmed = "yes";
        form.requestSubmit(submitter);
      },
      { once: true },
    );
    dialog.showModal();
  },
  true,
);

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
