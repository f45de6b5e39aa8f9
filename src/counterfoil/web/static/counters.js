// How many characters a field still takes, beside its label.
(() => {
  "use strict";
  document.querySelectorAll("[data-counter][maxlength]").forEach((field) => {
    const shown = document.createElement("span");
    shown.className = "counter tabular";
    document.querySelector(`label[for="${field.id}"]`)?.append(shown);
    const count = () => {
      shown.textContent = `${field.value.length} / ${field.maxLength}`;
      shown.classList.toggle("is-full", field.value.length >= field.maxLength);
    };
    field.addEventListener("input", count);
    count();
  });
})();
