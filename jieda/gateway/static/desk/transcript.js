import { icon as draw, make } from "../widget/dom.js";
import { shown } from "./text.js";
import { known, locale, t } from "./words.js";

const NEAR = 60; // so few pixels from its end, the transcript follows what arrives
const ZONE = "Asia/Shanghai";
const LOW = 0.5;
const PLAIN = new Set(["claim", "return", "transfer", "close"]); // moves for which no reason was given
const SPOKEN = 1_500; // what has come by then is the past, and not read out
const DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short" });
const LONG_DAY = new Intl.DateTimeFormat(locale, { timeZone: ZONE, dateStyle: "full" });
const TIME = new Intl.DateTimeFormat(locale, { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const ICONS = {
  customer: "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
  bot: "M5 9h14v10H5zM12 9V5M12 4v.01M9 13v2M15 13v2",
  agent: "M5 14v-2a7 7 0 0 1 14 0v2M5 13h3v5H5zM16 13h3v5h-3zM19 18c0 2-3 2.5-5 2.5",
  system: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 11v5M12 8v.01",
};

function icon(author) {
  const svg = draw(ICONS[author] ?? ICONS.system);
  svg.setAttribute("class", "icon");
  return svg;
}

/** A conversation as its agent reads it, oldest first; new events are appended, what is on its way stands last. */
export class Transcript {
  lastSeq = 0;
  #scroller;
  #list;
  #pending;
  #intents;
  #day = null;
  #owner = "bot";
  #agent = null;
  #following = true;
  #pill;
  #delivery = { parked: [], failed: [], pictures: [] }; // of a conversation on WeChat

  constructor(scroller, intents) {
    this.#scroller = scroller;
    this.#intents = intents;
    this.#list = make("ol", { class: "events" });
    this.#pending = make("ol", { class: "events pending" });
    const toEnd = () => this.toEnd();
    const pill = { type: "button", class: "button small new-messages", hidden: true, click: toEnd };
    this.#pill = make("button", pill, t("new_messages"));
    scroller.setAttribute("aria-live", "off");
    setTimeout(() => scroller.setAttribute("aria-live", "polite"), SPOKEN);
    scroller.replaceChildren(this.#list, this.#pending);
    scroller.after(this.#pill);
    scroller.addEventListener("scroll", () => {
      this.#following = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
      if (this.#following) this.#pill.hidden = true;
    });
    new ResizeObserver(() => this.#following && this.toEnd()).observe(scroller);
  }

  /** An event of the ledger; those before it have been added. */
  add(event) {
    this.lastSeq = event.seq;
    const row = event.type === "owner" ? this.#move(event) : this.#message(event);
    if (event.type === "owner") this.#agent = event.agent ?? null;
    if (!row) return;
    this.#divide(event.at);
    this.#list.append(row);
    this.#mark(row);
    this.#settle();
  }

  /** What the bot made of a message that stands here already. */
  understand(event) {
    const row = this.#list.querySelector(`[data-seq="${event.seq}"]`);
    if (row && !row.querySelector(".understood")) row.append(this.#understood(event));
  }

  /** What of it has not come to a customer on WeChat, and the pictures that came from there. */
  deliver(delivery) {
    this.#delivery = delivery;
    for (const row of this.#list.querySelectorAll("[data-seq]")) this.#mark(row);
    if (this.#following) this.toEnd();
  }

  #mark(row) {
    const seq = Number(row.dataset.seq);
    const { parked, failed, pictures } = this.#delivery;
    row.querySelectorAll(".delivery, .picture").forEach((node) => node.remove());
    const lost = failed.find((each) => each.seq === seq);
    if (parked.includes(seq)) row.append(make("p", { class: "delivery", "data-state": "parked" }, t("parked")));
    else if (lost) {
      const text = t("not_delivered", { code: lost.code ?? "–" });
      row.append(make("p", { class: "delivery", "data-state": "failed" }, text));
    }
    for (const { id, state } of pictures.filter((each) => each.seq === seq)) {
      const text = t(`picture_${state}`);
      const link = { class: "picture", href: `/desk/attachments/${id}`, target: "_blank", rel: "noopener noreferrer" };
      row.append(state === "kept" ? make("a", link, text) : make("p", { class: "picture" }, text));
    }
  }

  /** What has been written here and does not stand in the ledger yet. */
  pending(entries, on) {
    const rows = entries.map((entry) => {
      const failed = entry.state === "failed" || entry.state === "refused";
      const button = (key, click) => make("button", { type: "button", class: "button small", click }, t(key));
      const tools = failed ? [button("discard", () => on.discard(entry))] : [];
      if (entry.state === "failed") tools.unshift(button("retry", () => on.retry(entry)));
      const state = make("span", { class: failed ? "error" : "muted" }, t(failed ? "failed" : "sending"));
      const parts = [make("div", { class: "text" }, ...shown(entry.text)), make("div", { class: "row" }, state, ...tools)];
      return make("li", { class: "message", "data-author": "agent", "data-state": entry.state }, ...parts);
    });
    this.#pending.replaceChildren(...rows);
    if (rows.length) this.toEnd();
  }

  toEnd() {
    this.#following = true;
    this.#pill.hidden = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #settle() {
    if (this.#following) this.toEnd();
    else this.#pill.hidden = false;
  }

  #divide(at) {
    const day = DAY.format(new Date(at));
    if (day === this.#day) return;
    this.#day = day;
    const ago = Math.round((Date.parse(DAY.format(new Date())) - Date.parse(day)) / 86_400_000);
    const near = [t("today"), t("yesterday")][ago];
    const full = LONG_DAY.format(new Date(at));
    this.#list.append(make("li", { class: "day" }, make("span", {}, near ? `${near} · ${full}` : full)));
  }

  #message(event) {
    const { author, text, at, seq } = event;
    const who = author === "agent" ? (event.agent ?? this.#agent ?? t("author_agent")) : t(`author_${author}`);
    const parts = [
      make("div", { class: "by" }, icon(author), make("b", {}, who), this.#time(at)),
      make("div", { class: "text" }, ...shown(text)),
    ];
    if (event.choices?.length) {
      const titles = event.choices.map(({ title }) => make("li", {}, title));
      parts.push(make("ul", { class: "offered", "aria-label": t("choices") }, ...titles));
    }
    if (author === "customer" && event.intent) parts.push(this.#understood(event));
    return make("li", { class: "message", "data-author": author, "data-seq": seq }, ...parts);
  }

  /** What the bot took a message for, and how sure it was. */
  #understood({ intent, confidence }) {
    const percent = confidence == null ? null : Math.round(confidence * 100);
    const lost = intent === "nlu_fallback";
    const name = make("span", { class: lost ? "" : "mono" }, lost ? t("intent_none") : intent);
    const told = percent === null ? null : t("confidence", { percent });
    const sure = told ? [make("span", { class: "number", title: told }, `${percent}%`)] : [];
    const doubtful = lost || (confidence ?? 1) < LOW;
    const properties = { class: "understood", "data-doubtful": doubtful, title: this.#intents[intent] ?? null };
    return make("div", properties, name, ...sure);
  }

  #move({ owner, agent, at, reason }) {
    const same = owner === this.#owner && (agent ?? null) === this.#agent;
    this.#owner = owner;
    if (same) return null;
    const text = t(`owner_${owner}`, { agent: agent ?? t("author_agent") });
    const told = known(`reason_${reason}`) ? t(`reason_${reason}`) : reason;
    const why = !reason || PLAIN.has(reason) ? "" : t("reason", { reason: told });
    return make("li", { class: "move" }, make("span", {}, text, make("bdi", {}, why), this.#time(at)));
  }

  #time(at) {
    return make("time", { datetime: at }, TIME.format(new Date(at)));
  }
}
