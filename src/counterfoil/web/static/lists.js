// Choosing rows of a list by mouse and keys. Without this file the boxes, the bar and the columns work as plain forms.
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const boxes = () => all("#list input[name=row]");
  const takesText = (element) => element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox])");
  let last = null;

  const show = () => {
    const bar = $("#bulk");
    if (!bar) return;
    const rows = boxes();
    const chosen = rows.filter((box) => box.checked).length;
    const page = $("[data-tick-page]");
    page.checked = chosen > 0 && chosen === rows.length;
    page.indeterminate = chosen > 0 && !page.checked;
    const rest = $("[data-bulk-all]", bar);
    const whole = rest && $("input", rest);
    if (rest) {
      rest.hidden = !page.checked;
      if (rest.hidden) whole.checked = false;
    }
    const count = whole?.checked ? Number(bar.dataset.total) : chosen;
    const words = `${count.toLocaleString()} chosen`;
    $("[data-bulk-count]", bar).textContent = words;
    const said = $("#said");
    if (said && said.textContent !== words && (chosen || said.textContent.endsWith(" chosen"))) said.textContent = words;
  };

  const choose = (box, { range = false, wanted = !box.checked } = {}) => {
    const rows = boxes();
    const [from, to] = [range && last ? rows.indexOf(last) : rows.indexOf(box), rows.indexOf(box)].sort((a, b) => a - b);
    rows.slice(Math.max(0, from), to + 1).forEach((one) => { one.checked = wanted; });
    last = box;
    show();
  };
  const none = () => { boxes().forEach((box) => { box.checked = false; }); show(); };

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("#list input[name=row]");
    if (box) return choose(box, { range: event.shiftKey, wanted: box.checked });
    if (event.target.closest?.("[data-bulk-none]")) return none();
    if (event.target.closest?.("[data-columns-usual]")) {
      all("input[name=columns][type=checkbox]").forEach((one) => { one.checked = "usual" in one.dataset; });
    }
  });

  // The list has narrowed while one typed: leaving the field is no reason to ask again.
  document.addEventListener("change", (event) => {
    if (event.target.id === "list-search") event.stopPropagation();
  }, true);

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-page]")) {
      boxes().forEach((box) => { box.checked = event.target.checked; });
      show();
    } else if (event.target.matches("#bulk input[name=all]")) show();
  });

  // What an action asks for is needed only while its menu is open: the other actions share the form.
  document.addEventListener("toggle", (event) => {
    const needed = event.target.matches?.(".bulk-act") && $("[data-needed]", event.target);
    if (!needed) return;
    needed.required = event.target.open;
    if (event.target.open) needed.focus();
  }, true);

  const keys = {
    x: (box, event) => choose(box, { range: event.shiftKey, wanted: event.shiftKey || !box.checked }),
    " ": (box) => choose(box),
    enter: (box) => box.closest("[data-row]").querySelector(".row-link")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || takesText(event.target) || $("dialog[open]")) return;
    const at = document.activeElement;
    const box = at.closest("[data-row]")?.querySelector("input[name=row]");
    const key = event.key.toLowerCase();
    // On its box Space ticks and on its link Enter opens a row already.
    const act = box && !(key === " " && at === box) && !(key === "enter" && at !== box) && keys[key];
    if (act) {
      event.preventDefault();
      act(box, event);
    } else if (key === "b" && boxes().some((one) => one.checked)) {
      event.preventDefault();
      $("#bulk summary, #bulk button")?.focus();
    } else if (event.key === "Escape" && !$("details.menu[open]")) none();
  });

  addEventListener("pageshow", show);
  document.addEventListener("htmx:afterSettle", show);
})();
