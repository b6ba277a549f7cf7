// A file that is larger than the server takes is refused before it is sent.

for (const input of document.querySelectorAll("input[type=file][data-max-bytes]")) {
  input.addEventListener("change", () => {
    const limit = Number(input.dataset.maxBytes);
    const isTooLarge = [...input.files].some((file) => file.size > limit);
    input.setCustomValidity(isTooLarge ? input.dataset.tooLarge : "");
    input.reportValidity();
  });
}
