// What a person without sight, without a mouse or with tired eyes would trip over; returns a list of sentences.
() => {
  const problems = [];
  const visible = (element) => {
    if (element.closest("[hidden], .visually-hidden, .skip-link")) return false;
    return element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && element.getClientRects().length > 0;
  };
  const named = (element) => (element.getAttribute("aria-label") || element.getAttribute("title") || element.textContent || "").trim()
    || [...(element.labels || [])].map((label) => label.textContent.trim()).join(" ")
    || (element.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join(" ").trim();
  const where = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 110);

  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r, g, b].map((part, i) => (part * a + [R, G, B][i] * (255 - a)) / 255);
  const backdrop = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = channels(getComputedStyle(at).backgroundColor);
      if (layer[3]) layers.push(layer);
      if (layer[3] === 255) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, two) => {
    const [high, low] = [light(one), light(two)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const looked = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || looked.has(element) || element.closest("[disabled], noscript, script, option, progress, svg")) continue;
    looked.add(element);
    if (!visible(element)) continue;
    const style = getComputedStyle(element);
    const behind = backdrop(element);
    const ratio = contrast(over(channels(style.color), behind), behind);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) problems.push(`contrast ${ratio.toFixed(2)}: ${where(element)}`);
  }
  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!visible(element)) continue;
    if (!named(element)) problems.push(`no name: ${where(element)}`);
    const box = element.getBoundingClientRect();
    const inText = getComputedStyle(element).display === "inline" || element.matches("input[type=checkbox], input[type=radio]");
    if (!inText && Math.min(box.width, box.height) < 20) problems.push(`small target ${Math.round(box.width)}×${Math.round(box.height)}: ${where(element)}`);
  }
  for (const element of document.querySelectorAll("svg")) {
    if (!element.closest("[aria-hidden=true]") && !element.getAttribute("aria-label")) problems.push(`picture without words: ${where(element)}`);
  }
  for (const table of document.querySelectorAll("table")) {
    if (!table.querySelector("th")) problems.push(`table without headings: ${where(table)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) problems.push(`id twice: ${id}`);
  for (const element of document.querySelectorAll("[aria-describedby], [aria-controls]")) {
    for (const id of `${element.getAttribute("aria-describedby") || ""} ${element.getAttribute("aria-controls") || ""}`.trim().split(/\s+/)) {
      if (!document.getElementById(id)) problems.push(`points at nothing (${id}): ${where(element)}`);
    }
  }
  if (document.querySelectorAll("h1").length !== 1) problems.push(`${document.querySelectorAll("h1").length} first headings`);
  if (document.querySelectorAll("main").length !== 1) problems.push("not exactly one main part");
  if (!document.documentElement.lang) problems.push("no language");
  const beyond = document.documentElement.scrollWidth - window.innerWidth;
  if (beyond > 0) problems.push(`wider than the window by ${beyond}`);
  return problems;
}
