import { Client } from "./client.js";
import { Conversation } from "./conversation.js";
import { Storage } from "./storage.js";
import { STRINGS } from "./strings.js";
import { sheet } from "./styles.js";
import { View } from "./view.js";

/** The service this script came from. */
const BASE = new URL("../../", import.meta.url).href;

/**
 * `<jieda-chat data-language="zh|en" data-open="true">`: the support chat. Its events jieda:open, jieda:close and
 * jieda:message (detail: the message) bubble.
 */
class JiedaChat extends HTMLElement {
  #storage = new Storage(BASE);
  #conversation;
  #view;
  #language;

  connectedCallback() {
    if (this.#view) return;
    this.#language = this.#storage.get(`language for ${this.#given}`) ?? this.#given;
    this.#conversation = new Conversation(new Client(BASE), this.#storage, this.#language);
    this.#conversation.addEventListener("message", ({ detail }) => this.#tell("message", detail));
    this.#view = new View(this.#conversation, this.#storage, {
      open: () => this.open(),
      close: () => this.close(),
      language: () => this.#switch(),
    });
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(...this.#view.nodes);
    this.#view.translate(this.#language);
    if (this.#conversation.known) this.#conversation.start();
    if (this.dataset.open === "true") this.open();
  }

  get isOpen() {
    return this.#view?.isOpen ?? false;
  }

  open() {
    if (!this.#view || this.isOpen) return;
    this.#conversation.start();
    this.#view.open();
    this.#tell("open");
  }

  close() {
    if (!this.isOpen) return;
    this.#view.shut();
    this.#tell("close");
  }

  /** The language the page wants. One that the customer switches to stands in its place, wherever it is wanted. */
  get #given() {
    const wanted = this.dataset.language || document.documentElement.lang || navigator.language;
    return wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
  }

  #switch() {
    this.#language = this.#language === "zh" ? "en" : "zh";
    this.#storage.set(`language for ${this.#given}`, this.#language);
    this.#view.translate(this.#language);
    this.#conversation.speak(this.#language, STRINGS[this.#language].request);
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(`jieda:${what}`, { bubbles: true, composed: true, detail }));
  }
}

/** A page that only has the script tag gets its element; document.currentScript is null in a module. */
function embed() {
  const script = [...document.scripts].find(({ src }) => src === import.meta.url);
  const element = document.querySelector("jieda-chat") ?? document.createElement("jieda-chat");
  for (const key of ["language", "open"]) {
    if (script?.dataset[key] !== undefined) element.dataset[key] ??= script.dataset[key];
  }
  if (!customElements.get("jieda-chat")) customElements.define("jieda-chat", JiedaChat);
  if (!element.isConnected) document.body.append(element);
}

if (document.body) embed();
else addEventListener("DOMContentLoaded", embed);
