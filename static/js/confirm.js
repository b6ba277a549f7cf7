// A form with data-confirm is sent only after the dialog's button was pressed.

// The page loads this file before it shows anything: a person may press a button while the rest is
// on its way, and nothing may be sent unasked. The dialog itself stands at the end of the page.
const askFirst = (form, question, submitter) => {
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
};

// The listener runs in the capture phase, so it comes before htmx's own.
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
    const ask = () => askFirst(form, question, event.submitter);
    if (document.getElementById("confirm-dialog")) ask();
    else document.addEventListener("DOMContentLoaded", ask, { once: true });
  },
  true,
);
