// Leaving Sync Setup with changes that are not saved asks first; Save and Cancel do not.

for (const form of document.querySelectorAll("[data-guard-changes]")) {
  // A refused form came back with what was sent: it is not saved either.
  let unsaved = form.querySelector(".form-errors") !== null;
  const ask = (event) => {
    if (unsaved) event.preventDefault();
  };
  form.addEventListener("change", (event) => {
    if (event.target.name) unsaved = true;
  });
  form.addEventListener("submit", (event) => {
    // A preview opens in another tab and saves nothing.
    if (event.submitter?.formTarget !== "_blank") unsaved = false;
  });
  form.querySelector("[data-discard]").addEventListener("click", () => {
    unsaved = false;
  });
  window.addEventListener("beforeunload", ask);
}
