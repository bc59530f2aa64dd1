import { Conversation } from "./conversation.js";
import { bind } from "./keyboard.js";
import { reportLink } from "./link.js";
import { startNewCase } from "./new-case.js";
import { Queue } from "./queue.js";
import { reveal } from "./reveal.js";

const PANES = ["queue", "conversation", "details"];
const workspace = document.querySelector(".workspace");
const opened = document.getElementById("opened");

let conversation = null;
const queue = new Queue(() => conversation?.id);

// --- the open conversation

function enliven() {
  const node = opened.querySelector("[data-conversation]");
  if (conversation && conversation.id === node?.dataset.conversation) return;
  conversation?.stop();
  conversation = node ? new Conversation(node, { moved: () => queue.refresh(), report: reportLink }) : null;
  queue.mark(conversation?.id);
}

function openConversation(id) {
  const view = new URLSearchParams({ view: queue.view });
  const path = `/desk/parts/conversations/${encodeURIComponent(id)}?${view}`;
  // The latest one asked for is shown last: #opened asks for one at a time (hx-sync).
  htmx.ajax("GET", path, { source: opened, target: opened, swap: "innerHTML" });
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const row = event.target.closest("[data-row]");
  const view = event.target.closest("[data-view]");
  if (row && row.closest("#queue-list")) {
    event.preventDefault();
    if (row.dataset.row === conversation?.id) show("conversation");
    else openConversation(row.dataset.row);
  } else if (view?.closest("#queue-tabs")) {
    event.preventDefault();
    queue.show(view.dataset.view);
    show("queue");
  }
});
addEventListener("popstate", () => location.reload());
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id === "head") conversation?.settle();
  if (target !== opened) return;
  enliven();
  if (!conversation) return;
  history.pushState({}, "", `/desk/conversations/${conversation.id}?${new URLSearchParams({ view: queue.view })}`);
  show("conversation");
});

// --- moves, and what is revealed

document.addEventListener("click", ({ target }) => {
  const move = target.closest("[data-move]")?.dataset.move;
  const asked = target.closest("[data-open-move]")?.dataset.openMove;
  if (move) conversation?.move(move);
  else if (asked) conversation?.ask(asked);
  else if (target.closest("[data-reveal]")) reveal(target.closest("[data-reveal]"));
});
for (const form of document.querySelectorAll("[data-move-form]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
    if (form.dataset.moveForm === "transfer" && !given.to) return;
    form.closest("dialog").close();
    form.reset();
    conversation?.move(form.dataset.moveForm, given);
  });
}

startNewCase(() => conversation);

// --- panes

function show(pane) {
  workspace.dataset.pane = pane;
  for (const button of document.querySelectorAll("[data-show-pane]")) {
    button.setAttribute("aria-pressed", String(button.dataset.showPane === pane));
  }
}
for (const button of document.querySelectorAll("[data-show-pane]")) {
  button.addEventListener("click", () => show(button.dataset.showPane));
}

function step(by) {
  const pane = PANES[(PANES.indexOf(workspace.dataset.pane) + by + PANES.length) % PANES.length];
  show(pane);
  const within = { queue: "#queue-list [data-row]", conversation: "[data-transcript]", details: "#side" }[pane];
  document.querySelector(within)?.focus();
}

// --- keys

const focus = (selector) => () => {
  show("details");
  document.querySelector(selector)?.focus();
};
bind("c", () => conversation?.claim());
bind("r", () => conversation?.reply());
bind("i", () => conversation?.canned());
bind("t", () => conversation?.ask("transfer"));
bind("b", () => conversation?.ask("return"));
bind("x", () => conversation?.ask("close"));
bind("n", focus("[data-note-box]"));
bind("l", focus("[data-label-box]"));
bind("[", () => step(-1));
bind("]", () => step(1));
for (const [keys, view] of [["g q", "waiting"], ["g m", "mine"], ["g o", "open"]]) {
  bind(keys, () => {
    queue.show(view);
    show("queue");
  });
}
bind("/", () => {
  show("queue");
  document.querySelector("[data-search]").focus();
});

document.addEventListener("desk:queue", () => queue.refresh());
enliven();
