// `n` and a letter make something new, `?` shows all keys, `a` adds a line.
(() => {
  "use strict";
  const isTyping = (element) => element && (element.isContentEditable || element.matches?.("input:not([type=checkbox]), textarea, select"));
  const menu = () => document.querySelector("details.quick");

  const keys = {
    n: () => {
      const quick = menu();
      if (!quick) return;
      quick.open = true;
      quick.querySelector("[data-quick]")?.focus();
    },
    "?": () => document.getElementById("keys")?.showModal(),
    a: () => document.getElementById("add-line")?.focus(),
  };

  const stepInMenu = (step) => {
    const items = [...menu().querySelectorAll("[data-quick]")];
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (menu()?.open) {
      const item = menu().querySelector(`[data-quick="${CSS.escape(event.key.toLowerCase())}"]`);
      if (item) { event.preventDefault(); return item.click(); }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        return stepInMenu(event.key === "ArrowDown" ? 1 : -1);
      }
    }
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-all]");
    if (all) document.querySelectorAll(`input[name="${all.dataset.all}"]`).forEach((box) => { box.checked = all.checked; });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) keys["?"]();
  });
})();
