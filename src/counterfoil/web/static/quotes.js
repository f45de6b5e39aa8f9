// A quote by keyboard: fields save themselves, Enter goes on, arrows and dragging move lines. All figures are the server's.
(() => {
  "use strict";
  const page = document.getElementById("quote");
  if (!page) return;
  const byId = (id) => document.getElementById(id);
  const adder = () => byId("add-line");
  const rowOf = (element) => element.closest?.("[data-line]");
  const rows = () => [...document.querySelectorAll("#q-lines [data-position]")];
  let sending = Promise.resolve();

  // One change after the other: each answer shows the quote as it is then.
  const send = (url, values, begun = () => {}) => {
    sending = sending.then(() => {
      begun();
      return htmx.ajax("POST", url, { values, source: page, swap: "none" });
    }).catch(() => {});
    return sending;
  };

  const lines = page.dataset.lines;
  const sendLine = (row, act, values = {}, begun) => send(`${lines}/${act}`, { line: row.dataset.line, ...values }, begun);

  // What is typed but not sent yet must outlive the answer to what was typed before.
  const waiting = new Map();
  const sent = new WeakMap();
  const save = (field) => {
    const isKnown = field.tagName !== "SELECT" && field.value === field.defaultValue;
    if (isKnown || sent.get(field) === field.value) return;
    sent.set(field, field.value);
    const extra = field.dataset.with ? Object.fromEntries([field.dataset.with.split("=")]) : {};
    const { id, name, value } = field;
    waiting.set(id, value);
    const begun = () => { if (waiting.get(id) === value) waiting.delete(id); };
    const place = field.closest("[data-url]");
    if (place) send(place.dataset.url, { [name]: value, ...extra }, begun);
    else sendLine(rowOf(field), "edit", { [name]: value }, begun);
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-edit]")) save(event.target);
  });
  document.addEventListener("focusout", (event) => {
    if (!isSwapping && event.target.matches?.("input[data-edit], textarea[data-edit]")) save(event.target);
  });

  // A field that is replaced under the cursor loses its focus for a moment: that is nobody leaving it.
  let isSwapping = false;
  document.addEventListener("htmx:oobBeforeSwap", () => {
    isSwapping = true;
    const field = document.activeElement;
    if (field?.matches?.("input[data-edit], textarea[data-edit]") && field.value !== field.defaultValue) {
      waiting.set(field.id, field.value);
    }
  });
  document.addEventListener("htmx:oobAfterSwap", () => {
    isSwapping = false;
    waiting.forEach((value, id) => {
      const field = byId(id);
      if (field && field.value !== value) field.value = value;
      if (field === document.activeElement) waiting.delete(id);
    });
  });

  // Lines under way. Whoever types faster than the server answers has typed the quantity, or the next product.
  const adding = [];
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-live]")) return;
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form, event.submitter));
    delete values.csrfmiddlewaretoken;
    if (form.matches("[data-picker]")) {
      adding.push({ words: values.q, quantity: null });
      form.dispatchEvent(new CustomEvent("picker:done", { bubbles: true }));
    }
    send(form.action, values).then(() => {
      if (event.submitter) setTimeout(() => { event.submitter.disabled = false; }, 0);
    });
  });

  const focusOn = (field) => { field?.focus(); field?.select?.(); };
  const isQuantity = (text) => /^\d{1,5}([.,]\d{1,4})?$/.test(text);
  const isBarcode = (text) => /^\d{8,14}$/.test(text);
  document.addEventListener("picker:enter", (event) => {
    const last = adding.at(-1);
    const text = event.target.value.trim();
    if (!last || last.quantity !== null || !(isQuantity(text) || text === "")) return;
    event.preventDefault();
    last.quantity = text;
    event.target.value = "";
  });
  document.addEventListener("line-added", (event) => {
    const { quantity } = adding.shift() ?? { quantity: null };
    const field = byId(`f${event.detail.id}-quantity`);
    byId(`line-${event.detail.id}`)?.scrollIntoView({ block: "nearest" });
    const ahead = adder().value.trim();
    if (!field) return document.activeElement === adder() ? null : adder().focus();
    if (quantity !== null) {
      if (quantity) { field.value = quantity; save(field); }
    } else if (isQuantity(ahead)) {
      adder().value = "";
      field.value = ahead;
      field.focus();
    } else if (!ahead && !adding.length) focusOn(field);
  });
  document.addEventListener("quote-refused", (event) => {
    if (event.detail.event !== "line-added") return;
    const { words } = adding.shift() ?? {};
    if (!words || adder().value) return;
    adder().value = words;
    adder().focus();
    const found = byId("found-products");
    htmx.ajax("GET", adder().getAttribute("hx-get"), { values: { q: words }, target: found, swap: "innerHTML" });
  });

  // Lines that only changed places are all here already: the server says their order, and nothing is drawn anew.
  const renumber = () => {
    let number = 0;
    rows().forEach((row, at) => {
      row.dataset.position = at + 1;
      if (!row.matches(".ql-item")) return;
      number += 1;
      row.querySelector(".grip").textContent = number;
      row.querySelectorAll("[aria-label]").forEach((field) => {
        const place = field.matches(".btn-more") ? at + 1 : number;
        field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/line \d+$/, `line ${place}`));
      });
    });
  };
  const reorder = (order) => {
    const place = byId("q-lines");
    const here = new Map(rows().map((row) => [row.dataset.line, row]));
    const wanted = order.map(String);
    if (wanted.some((id) => !here.has(id))) return location.reload();  // somebody else added a line meanwhile
    const field = document.activeElement;
    isSwapping = true;
    here.forEach((row, id) => {
      if (!wanted.includes(id)) { byId(`more-${id}`)?.remove(); row.remove(); }
    });
    wanted.forEach((id) => place.append(here.get(id), byId(`more-${id}`)));
    isSwapping = false;
    if (field !== document.activeElement && field.isConnected) field.focus();
    renumber();
  };
  document.addEventListener("line-moved", (event) => {
    if (event.detail.order) reorder(event.detail.order);
    byId(`line-${event.detail.id}`)?.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("line-removed", (event) => {
    if (event.detail.order) reorder(event.detail.order);
    adder()?.focus();
  });
  document.addEventListener("line-turned", (event) => {
    byId(`more-${event.detail.id}`)?.replaceChildren();
    focusOn(byId(`f${event.detail.id}-quantity`));
  });
  // The folded part tells why a tax was taken: it follows, unless somebody is writing in it.
  document.addEventListener("line-changed", (event) => {
    const { id } = event.detail;
    const field = document.activeElement;
    if (!byId(`more-${id}`)?.childElementCount || (field?.closest(`#more-${id}`) && field.tagName !== "SELECT")) return;
    const key = field?.id;
    unfold(id).then(() => { if (key && !byId(key)?.matches(":focus")) byId(key)?.focus(); });
  });

  const moveLine = (row, step) => {
    const wanted = Number(row.dataset.position) + step;
    if (wanted >= 1 && wanted <= rows().length) sendLine(row, "move", { position: wanted });
  };
  const sideways = (field, step) => {
    const same = [...document.querySelectorAll(`#q-lines [data-edit][name="${field.name}"]`)];
    focusOn(same[same.indexOf(field) + step]);
  };

  const leaveLine = (field) => {
    if (field.tagName === "TEXTAREA") return false;
    if (field.name === "quantity" && isBarcode(field.value)) {  // a scanner at work: that was the next product
      adder().value = field.value;
      field.value = field.defaultValue;
      adder().form.requestSubmit();
    } else save(field);
    adder()?.focus();
    return true;
  };
  const keysInLine = {
    Enter: (row, field) => leaveLine(field),
    ArrowUp: (row, field) => sideways(field, -1),
    ArrowDown: (row, field) => sideways(field, 1),
    Escape: (row, field) => { field.value = field.defaultValue; field.select?.(); },
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      return confirm();
    }
    const row = rowOf(event.target);
    if (!row?.dataset.position || event.isComposing) return;
    if (event.altKey) {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (step) { event.preventDefault(); moveLine(row, step); }
      if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        sendLine(row, "remove");
      }
      return;
    }
    const act = event.target.matches("[data-edit]") && keysInLine[event.key];
    if (act && !event.shiftKey && !event.ctrlKey && act(row, event.target) !== false) {
      event.preventDefault();
      event.stopPropagation();
    }
  });

  // Ctrl+Enter in a field saves it first: what is confirmed is what one sees.
  const confirm = async () => {
    document.activeElement?.blur?.();
    await sending;
    const button = byId("confirm-form")?.querySelector("button[type=submit]");
    if (button && !button.disabled) button.click();
  };

  const unfold = (id) => htmx.ajax("GET", `${lines}?line=${id}`, { target: byId(`more-${id}`), swap: "innerHTML" });
  document.addEventListener("click", (event) => {
    const more = event.target.closest("[data-more]");
    if (more) {
      event.preventDefault();
      const place = byId(`more-${more.dataset.more}`);
      return place.childElementCount ? place.replaceChildren() : unfold(more.dataset.more);
    }
    const fix = event.target.closest(".checks a[href^='#']");
    const folded = fix?.hash.match(/^#(analysis|tax_type)-(\d+)$/);
    if (folded) {
      event.preventDefault();
      unfold(folded[2]).then(() => focusOn(byId(`f${folded[2]}-${folded[1]}`)));
    } else if (fix) {
      const place = byId(fix.hash.slice(1));
      const field = place?.matches("input, select, textarea") ? place : place?.querySelector("[data-edit]");
      if (field) { event.preventDefault(); place.scrollIntoView({ block: "center" }); focusOn(field); }
    }
  });

  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    if (!event.target.matches?.(".grip")) return;
    dragged = rowOf(event.target);
    dragged.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(dragged, 12, 12);
  });
  const overRow = (event) => {
    const row = rowOf(event.target);
    return dragged && row?.dataset.position && row !== dragged ? row : null;
  };
  const unmark = () => rows().forEach((row) => row.classList.remove("is-over"));
  document.addEventListener("dragover", (event) => {
    const row = overRow(event);
    if (!row) return;
    event.preventDefault();
    unmark();
    row.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const row = overRow(event);
    if (!row) return;
    event.preventDefault();
    sendLine(dragged, "move", { position: row.dataset.position });
  });
  document.addEventListener("dragend", () => { unmark(); dragged?.classList.remove("is-dragged"); dragged = null; });
})();
