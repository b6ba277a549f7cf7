// Search and "select all shown" for components/field_picker.html. Without this file the picker is
// a plain list of checkboxes.

const startPicker = (picker) => {
  const search = picker.querySelector("[data-picker-search]");
  const all = picker.querySelector("[data-picker-all]");
  const count = picker.querySelector("[data-picker-count]");
  const options = [...picker.querySelectorAll("[data-picker-option]")];
  const groups = [...picker.querySelectorAll("[data-picker-group]")];
  const box = (option) => option.querySelector("input[type=checkbox]");
  const changeable = () => options.filter((option) => !option.hidden && !box(option).disabled);

  const refresh = () => {
    const shown = changeable();
    const chosen = shown.filter((option) => box(option).checked).length;
    all.disabled = shown.length === 0;
    all.checked = shown.length > 0 && chosen === shown.length;
    all.indeterminate = chosen > 0 && chosen < shown.length;
    const total = options.filter((option) => box(option).checked).length;
    count.textContent = `${total.toLocaleString("en")} of ${options.length.toLocaleString("en")} selected`;
  };

  const filter = () => {
    const words = search.value.trim().toLowerCase().split(/\s+/);
    for (const option of options) {
      const text = option.dataset.pickerOption.toLowerCase();
      option.hidden = !words.every((word) => text.includes(word));
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-picker-option]:not([hidden])");
    }
    picker.querySelector("[data-picker-none]").hidden = options.some((option) => !option.hidden);
    refresh();
  };

  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // a search must not send the form
  });
  all.addEventListener("change", () => {
    for (const option of changeable()) box(option).checked = all.checked;
    refresh();
  });
  picker.addEventListener("change", (event) => {
    if (event.target !== all) refresh();
  });
  picker.querySelector("[data-picker-tools]").hidden = false;
  filter();
};

// Also runs for pickers that arrive in a fragment: htmx fires htmx:load for each new part and once
// for the page itself.
document.addEventListener("htmx:load", ({ detail }) => {
  const part = detail.elt;
  const pickers = [...part.querySelectorAll("[data-field-picker]")];
  if (part.matches("[data-field-picker]")) pickers.push(part);
  pickers.forEach(startPicker);
});
