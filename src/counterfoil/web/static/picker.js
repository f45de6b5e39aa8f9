// A field that offers records while one types: arrows choose, Enter takes. Without a script its buttons are a plain form.
(() => {
  "use strict";
  const fieldOf = (picker) => picker.querySelector("[role=combobox]");
  const optionsOf = (picker) => [...picker.querySelectorAll("[role=option]")];
  const chosenOf = (picker) => picker.querySelector("[role=option][aria-selected=true]");

  const choose = (picker, option) => {
    optionsOf(picker).forEach((one) => one.setAttribute("aria-selected", String(one === option)));
    const field = fieldOf(picker);
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  };

  const empty = (picker) => {
    picker.querySelector("[data-found]").replaceChildren();
    fieldOf(picker).setAttribute("aria-expanded", "false");
    choose(picker, null);
  };

  const isCurrent = (picker) => {
    const list = picker.querySelector("[data-asked]");
    return list && list.dataset.asked === fieldOf(picker).value.trim();
  };

  const take = (picker) => {
    picker.wantsFirst = false;
    (chosenOf(picker) ?? optionsOf(picker)[0])?.querySelector("button").click();
  };

  const keys = {
    ArrowDown: (picker) => move(picker, 1),
    ArrowUp: (picker) => move(picker, -1),
    Enter: (picker) => {
      const field = fieldOf(picker);
      const taken = field.dispatchEvent(new CustomEvent("picker:enter", { bubbles: true, cancelable: true }));
      if (!taken || !field.value.trim()) return;
      // What is offered may still be that of fewer letters. Then the server says what the words mean, so that
      // one can type on at once; or, where the page is left anyway, the answer under way decides.
      if (isCurrent(picker)) take(picker);
      else if (picker.matches("[data-eager]")) picker.requestSubmit();
      else picker.wantsFirst = true;
    },
    Escape: (picker) => { picker.wantsFirst = false; fieldOf(picker).value = ""; empty(picker); },
  };
  const move = (picker, step) => {
    const options = optionsOf(picker);
    if (!options.length) return;
    const at = options.indexOf(chosenOf(picker));
    choose(picker, options[(at + step + options.length) % options.length]);
  };

  document.addEventListener("keydown", (event) => {
    const picker = event.target.closest?.("[data-picker]");
    if (!picker || event.target !== fieldOf(picker) || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key];
    if (!act || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    act(picker);
  }, true);

  // A field that was just emptied has nothing to ask.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const field = event.detail.elt;
    if (field.matches?.("[data-picker] [role=combobox]") && !field.value.trim()) {
      event.preventDefault();
      empty(field.closest("[data-picker]"));
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const picker = event.target.closest?.("[data-picker]");
    if (!picker || !event.target.matches("[data-found]")) return;
    const options = optionsOf(picker);
    fieldOf(picker).setAttribute("aria-expanded", String(options.length > 0));
    if (!isCurrent(picker)) return;
    choose(picker, options[0] ?? null);
    if (picker.wantsFirst && options.length) take(picker);
  });

  document.addEventListener("pointermove", (event) => {
    const option = event.target.closest?.("[data-picker] [role=option]");
    if (option) choose(option.closest("[data-picker]"), option);
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll("[data-picker] .floats").forEach((found) => {
      const picker = found.closest("[data-picker]");
      if (!picker.contains(event.target)) empty(picker);
    });
  });
  document.addEventListener("picker:done", (event) => {
    fieldOf(event.target).value = "";
    empty(event.target);
  });
})();
