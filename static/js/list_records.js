// Escape leaves a cell that is being edited as it was.

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.target.closest(".cell-form")?.querySelector("[data-cancel]").click();
});
