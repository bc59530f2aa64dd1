import { icon, make, write } from "./dom.js";
import { Message } from "./message.js";

const NEAR = 48; // so few pixels from its end, the log follows what arrives

/** The message log with the typing indicator; it stays where the reader is, unless that is at the end. */
export class Log {
  #rows = new Map(); // key → Message, or the node of a line
  #on;
  #strings;
  #away = false;
  #typist = make("span", { class: "quiet" });
  #pillText = make("span");
  #list = make("div", { class: "list" });
  #dots = [make("i"), make("i"), make("i")];
  #typing = make("div", { part: "typing", "aria-live": "off", hidden: true }, this.#typist, ...this.#dots);

  constructor(on) {
    this.#on = on;
    const log = { part: "log", role: "log", "aria-live": "off", tabindex: 0, scroll: () => this.#scrolled() };
    this.node = make("div", log, this.#list, this.#typing);
    const pill = { part: "new-messages", type: "button", hidden: true, click: () => this.toEnd() };
    this.pill = make("button", pill, this.#pillText, icon("M6 9l6 6 6-6"));
    new ResizeObserver(() => this.#away || this.toEnd(true)).observe(this.node);
  }

  translate(strings) {
    this.#strings = strings;
    this.node.setAttribute("aria-label", strings.log);
    write(this.#pillText, strings.newMessages);
  }

  /** `spoken`: what is new is read out. */
  render(items, typing, spoken) {
    this.node.setAttribute("aria-live", spoken ? "polite" : "off");
    const before = this.#rows.size;
    const rows = new Map();
    let cursor = this.#list.firstChild;
    let author;
    for (const item of this.#withDays(items)) {
      const row = this.#rows.get(item.key) ?? this.#row(item.kind);
      const node = row.node ?? row;
      if (row.node) row.update(item, item.author !== author, this.#strings);
      else write(row, this.#line(item));
      author = item.author;
      if (node === cursor) cursor = cursor.nextSibling;
      else this.#list.insertBefore(node, cursor);
      rows.set(item.key, row);
    }
    for (const [key, row] of this.#rows) if (!rows.has(key)) (row.node ?? row).remove();
    this.#rows = rows;
    this.#type(typing);
    const last = items.at(-1);
    const own = last?.state === "sending" && rows.size > before;
    if (!this.#away || own) this.toEnd(true);
    else if (rows.size > before) this.pill.hidden = false;
  }

  toEnd(atOnce) {
    this.#away = false;
    this.pill.hidden = true;
    this.node.scrollTo({ top: this.node.scrollHeight, behavior: atOnce ? "instant" : "auto" });
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    if (clientHeight) this.#away = scrollHeight - scrollTop - clientHeight > NEAR;
    if (!this.#away) this.pill.hidden = true;
  }

  #type(typing) {
    this.#typing.hidden = !typing;
    if (typing) write(this.#typist, this.#strings.typing(typing.agent ?? this.#strings.authors[typing.author]));
  }

  #row(kind) {
    return kind === "message" ? new Message(this.#on) : make("div", { part: kind });
  }

  #line({ kind, name, owner, agent, at }) {
    if (kind === "notice") return this.#strings.notice[name];
    if (kind === "owner") return this.#strings.owner[owner]?.(agent) ?? "";
    return at.toLocaleDateString(this.#strings.locale, { month: "long", day: "numeric", weekday: "long" });
  }

  /** The items with a line before the first of each day, but not before one that only has today. */
  *#withDays(items) {
    let day = new Date().toDateString();
    for (const item of items) {
      const at = new Date(item.at);
      if (item.at && at.toDateString() !== day) {
        day = at.toDateString();
        yield { key: `day ${day}`, kind: "day", at };
      }
      yield item;
    }
  }
}
