import { Composer } from "./composer.js";
import { icon, make, write } from "./dom.js";
import { Log } from "./log.js";
import { STRINGS } from "./strings.js";

const SHEET = matchMedia("(max-width: 480px)");
const TOUCH = matchMedia("(pointer: coarse)");
const PENCIL = "M12 5H6a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-6M17.5 3.5l3 3L12 15l-4 1 1-4z";
const PATIENCE = 900; // a connection lost for less is not worth a word

/** What the customer sees: the launcher and the panel. `on`: open, close, language, renew. */
export class View {
  #conversation;
  #storage;
  #on;
  #strings;
  #status = "";
  #statusTimer;

  #badge = make("span", { part: "badge", "aria-hidden": "true", hidden: true });
  #launchText = make("span", { class: "label" });
  #news = make("span", { class: "quiet", role: "status" });
  #name = make("strong");
  #subtitle = make("span");
  #statusText = make("span", { role: "status" });
  #hurry = make("button", { part: "hurry", type: "button", hidden: true });
  #question = make("p");
  #presence = make("span", { role: "status" });
  #back = make("button", { part: "back", type: "button" });

  constructor(conversation, storage, on) {
    this.#conversation = conversation;
    this.#storage = storage;
    this.#on = on;
    const button = (part, click, ...children) => make("button", { part, type: "button", click }, ...children);
    this.launcher = button("launcher", on.open, bubble(), this.#launchText, this.#badge);
    this.launcher.setAttribute("aria-haspopup", "dialog");
    this.language = button("language", on.language);
    this.renew = button("renew", () => this.#askToRenew(), icon(PENCIL));
    this.close = button("close", on.close, icon("M6 6l12 12M18 6L6 18"));
    this.confirm = button("confirm", () => this.#renewed());
    this.cancel = button("cancel", () => this.#settled());
    this.again = button("again", () => this.#renewed());
    this.log = new Log({
      choose: (choice) => this.#chosen(choice),
      retry: (key) => conversation.retry(key),
    });
    this.composer = new Composer(storage, (text) => conversation.say(text), (on) => conversation.write(on));
    this.#hurry.addEventListener("click", () => conversation.hurry());
    this.#back.addEventListener("click", () => this.#goBack());
    this.person = make("div", { part: "presence", hidden: true }, this.#presence, this.#back);
    const asking = { part: "question", role: "group", hidden: true };
    this.asking = make("div", asking, this.#question, this.confirm, this.cancel);
    this.ended = make("div", { part: "ended", hidden: true }, this.again);
    this.panel = make(
      "dialog",
      { part: "panel", keydown: (event) => this.#pressed(event), cancel: (event) => event.preventDefault() },
      make(
        "div",
        { part: "header" },
        bubble(),
        make("div", { class: "title" }, this.#name, this.#subtitle),
        this.language,
        this.renew,
        this.close,
      ),
      make("div", { part: "status" }, this.#statusText, this.#hurry),
      this.person,
      this.asking,
      make("div", { class: "stage" }, this.log.node, this.log.pill),
      this.ended,
      this.composer.node,
    );
    this.nodes = [this.launcher, this.#news, this.panel];
    SHEET.addEventListener("change", () => this.isOpen && this.#show());
    visualViewport?.addEventListener("resize", () => this.#fit());
    visualViewport?.addEventListener("scroll", () => this.#fit());
    conversation.addEventListener("change", () => this.render());
  }

  get isOpen() {
    return this.panel.open;
  }

  open() {
    this.#show();
    this.launcher.hidden = true;
    this.render();
    this.log.toEnd(true);
    if (TOUCH.matches) this.log.node.focus();
    else this.composer.box.focus();
  }

  shut() {
    this.panel.close();
    this.launcher.hidden = false;
    this.#settled();
    this.render();
    this.launcher.focus();
  }

  translate(language) {
    const strings = (this.#strings = STRINGS[language]);
    for (const node of this.nodes) node.lang = strings.locale;
    this.panel.setAttribute("aria-label", `${strings.name} – ${strings.subtitle}`);
    write(this.#name, strings.name);
    write(this.#subtitle, strings.subtitle);
    write(this.#launchText, strings.launch);
    write(this.language, strings.language);
    this.language.lang = strings.languageLang;
    for (const [node, label] of [
      [this.language, strings.languageLabel],
      [this.renew, strings.renew],
      [this.close, strings.close],
    ]) {
      node.setAttribute("aria-label", label);
      node.title = label;
    }
    write(this.#question, strings.renewQuestion);
    this.asking.setAttribute("aria-label", strings.renewQuestion);
    for (const node of [this.confirm, this.again]) write(node, strings.renew);
    write(this.cancel, strings.cancel);
    write(this.#hurry, strings.hurry);
    this.#status = "";
    this.log.translate(strings);
    this.composer.translate(strings);
    this.render();
  }

  render() {
    const { items, typing, status, owner, agent, place, begun, unread, writable } = this.#conversation;
    const online = status === "online";
    const starters = begun ? [] : this.#strings.starters.map((title) => ({ title, live: true }));
    const greeting = { key: "greeting", kind: "message", author: "bot", choices: starters };
    this.log.render([{ ...greeting, text: this.#strings.greeting }, ...items], online && typing, online);
    this.ended.hidden = owner !== "closed";
    this.composer.node.hidden = !writable;
    this.person.hidden = owner !== "queued" && owner !== "assigned";
    this.person.dataset.owner = owner;
    const { queued, assigned } = this.#strings.presence;
    write(this.#presence, owner === "queued" ? queued(place) : owner === "assigned" ? assigned(agent) : "");
    write(this.#back, this.#strings.backToBot);
    this.composer.fit();
    this.#announce(status);
    if (this.isOpen) this.#conversation.read();
    this.#count(this.isOpen ? 0 : unread);
  }

  async #goBack() {
    this.#back.disabled = true;
    await this.#conversation.backToBot();
    this.#back.disabled = false;
    this.composer.box.focus();
  }

  #show() {
    const inside = this.panel.getRootNode().activeElement;
    if (this.isOpen) this.panel.close();
    if (SHEET.matches) this.panel.showModal();
    else this.panel.show();
    this.#fit();
    inside?.focus();
  }

  /** A sheet ends above the keyboard of a touch screen. */
  #fit() {
    if (!visualViewport || !this.isOpen) return;
    this.panel.style.setProperty("--height", SHEET.matches ? `${visualViewport.height}px` : "");
    this.panel.style.setProperty("--top", SHEET.matches ? `${visualViewport.offsetTop}px` : "");
  }

  #count(unread) {
    const { launch, unread: words } = this.#strings;
    this.#badge.hidden = unread === 0;
    write(this.#badge, unread > 9 ? "9+" : String(unread));
    write(this.#news, unread ? words(unread) : "");
    this.launcher.setAttribute("aria-label", unread ? `${launch} – ${words(unread)}` : launch);
  }

  #announce(status) {
    if (status === this.#status) return;
    this.#status = status;
    clearTimeout(this.#statusTimer);
    const show = () => {
      write(this.#statusText, this.#strings.status[status] ?? "");
      this.#hurry.hidden = !["unreachable", "reconnecting"].includes(status);
    };
    if (status === "online" || status === "idle") show();
    else this.#statusTimer = setTimeout(show, PATIENCE);
  }

  #chosen(choice) {
    if (choice.id === undefined) this.#conversation.say(choice.title);
    else this.#conversation.choose(choice);
    if (TOUCH.matches) this.log.node.focus();
    else this.composer.box.focus();
  }

  #askToRenew() {
    if (!this.#conversation.begun || this.#conversation.owner === "closed") return this.#renewed();
    this.asking.hidden = false;
    this.confirm.focus();
  }

  #renewed() {
    if (this.#conversation.begun) this.#conversation.renew();
    this.#settled();
    this.composer.node.hidden = false;
    this.composer.box.focus();
  }

  #settled() {
    const asked = !this.asking.hidden;
    this.asking.hidden = true;
    if (asked) this.renew.focus();
  }

  #pressed(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.asking.hidden) this.#on.close();
    else this.#settled();
  }
}

/** The brand: a bubble with two points connected. */
function bubble() {
  return icon(
    "M6.5 4h11A3.5 3.5 0 0 1 21 7.5v6a3.5 3.5 0 0 1-3.5 3.5H12l-4.5 4v-4h-1A3.5 3.5 0 0 1 3 13.5v-6A3.5 3.5 0 0 1 6.5 4z",
    "M8 8.5h.01c4.4 0 3.6 4 8 4h.01",
  );
}
