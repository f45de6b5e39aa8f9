// Comfort on top of pages that work without it: keys, menus, search, copying.
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const finder = () => $("#finder");
  const isTyping = (element) =>
    element && (element.isContentEditable || element.matches?.("input:not([type=checkbox]), textarea, select"));

  const moveAmong = (links, step) => {
    if (!links.length) return;
    const row = document.activeElement.closest("[data-row]");
    const at = links.findIndex((link) => link === document.activeElement || (row && row.contains(link)));
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
  };

  const closeMenus = (except) => all("details.menu[open]").forEach((menu) => {
    if (!except || !menu.contains(except)) menu.open = false;
  });

  const emptyFinder = () => { const found = $("#finder-found"); if (found) found.replaceChildren(); };

  const keysInFinder = (event) => {
    const results = all("#finder-found a");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (step < 0 && document.activeElement === results[0]) finder().focus();
      else moveAmong(results, step);
    } else if (event.key === "Escape") {
      emptyFinder();
      finder().value = "";
      finder().blur();
    } else if (event.key === "Enter" && document.activeElement === finder() && results.length) {
      event.preventDefault();
      results[0].click();
    }
  };

  const keysOnPage = {
    "/": () => finder()?.focus(),
    j: () => moveAmong(all("[data-row] .row-link"), 1),
    k: () => moveAmong(all("[data-row] .row-link"), -1),
    "[": () => $("[data-step=previous]")?.click(),
    "]": () => $("[data-step=next]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      finder()?.focus();
      finder()?.select();
      return;
    }
    if (event.target.closest?.(".finder")) return keysInFinder(event);
    if (event.key === "Escape") {
      const menu = document.activeElement.closest?.("details.menu[open]");
      closeMenus();
      menu?.querySelector("summary").focus();
      if (location.hash === "#side") location.hash = "";
      return;
    }
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keysOnPage[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  document.addEventListener("click", async (event) => {
    closeMenus(event.target);
    if (!event.target.closest(".finder")) emptyFinder();
    const copy = event.target.closest("[data-copy]");
    if (!copy) return;
    await navigator.clipboard.writeText(copy.dataset.copy);
    const said = $("#said");
    if (said) said.textContent = `${copy.dataset.copy} copied`;
    copy.classList.add("is-copied");
  });

  // A second click on a button that writes must not write twice. Sent buttons come alive again when the page
  // is shown from the browser's memory.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    const button = event.submitter;
    if (button && !("download" in button.dataset)) setTimeout(() => { button.disabled = true; }, 0);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) all("button[disabled]").forEach((button) => { button.disabled = false; });
  });

  // Where tabs do not fit side by side, the open one is in sight.
  all(".tabs [aria-current]").forEach((tab) => {
    const beyond = tab.getBoundingClientRect().right - tab.parentElement.getBoundingClientRect().right;
    if (beyond > 0) tab.parentElement.scrollLeft = beyond + 32;
  });

  document.addEventListener("change", (event) => {
    const pick = event.target.closest(".pick");
    if (pick) pick.classList.toggle("is-set", event.target.value !== "");
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
})();
