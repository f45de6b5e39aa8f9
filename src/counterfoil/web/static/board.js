// Cards between stages: dragged, or with Alt and an arrow. The server decides, says why not, and adds up anew.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const board = () => byId("board");
  if (!board()) return;
  const cardOf = (element) => element.closest?.(".card-of");
  const columnOf = (element) => element.closest?.(".board-column");
  const columns = () => [...board().querySelectorAll(".board-column")];

  const send = (card, stage, reason = "") => {
    const { quote, move } = card.dataset;
    const values = { stage, reason, owner: board().dataset.owner };
    return htmx.ajax("POST", move, { values, target: "#board", swap: "outerHTML" }).then(() => {
      const again = board().querySelector(`[data-quote="${quote}"] .card-link`) ?? board();
      again.focus();
      again.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
  };

  // A lost quote says why, before anything is sent.
  const ask = (card) => {
    const dialog = byId("lost");
    byId("lost-which").textContent = card.querySelector(".card-name").textContent + " · " + card.dataset.number;
    byId("lost-reason").value = "";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "lost") send(card, "lost", byId("lost-reason").value);
      else card.querySelector(".card-link").focus();
    }, { once: true });
    dialog.showModal();
    byId("lost-reason").focus();
  };

  const move = (card, stage) => {
    if (columnOf(card).dataset.stage === stage) return;
    if (stage === "lost" && card.dataset.to.split(" ").includes("lost")) ask(card);
    else send(card, stage);
  };

  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const card = cardOf(event.target);
    if (!step || !event.altKey || !card?.draggable) return;
    event.preventDefault();  // in some browsers that is a page back
    const all = columns();
    const next = all[all.indexOf(columnOf(card)) + step];
    if (next) move(card, next.dataset.stage);
  });

  let dragged = null;
  const unmark = () => columns().forEach((one) => one.classList.remove("is-over"));
  document.addEventListener("dragstart", (event) => {
    const card = cardOf(event.target);
    if (!card) return;
    dragged = card;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.number);
    const open = card.dataset.to.split(" ");
    columns().forEach((one) => one.classList.toggle("is-open", open.includes(one.dataset.stage)));
    setTimeout(() => card.classList.add("is-dragged"), 0);
  });
  document.addEventListener("dragover", (event) => {
    const column = dragged && columnOf(event.target);
    if (!column) return;
    event.preventDefault();
    unmark();
    if (column !== columnOf(dragged)) column.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const column = dragged && columnOf(event.target);
    if (!column) return;
    event.preventDefault();
    move(dragged, column.dataset.stage);
  });
  document.addEventListener("dragend", () => {
    unmark();
    columns().forEach((one) => one.classList.remove("is-open"));
    dragged?.classList.remove("is-dragged");
    dragged = null;
  });
})();
