import { make } from "../widget/dom.js";
import { t } from "./words.js";

// gateway/desk/customer_text.py does the same on the server.
const FOLD = 1_200;
const UNSEEN = /(?![\n\t])[\p{Cf}\p{Cc}\p{Co}\p{Cs}\u2028\u2029\u3164\u115f\u1160\uffa0\u034f]/u;
const JOINER = "\u200d";
const PICTURES = 0x2190;

/** A text as it is shown: in a direction of its own, nothing in it hidden, folded when it is long. */
export function shown(text) {
  const characters = [...text];
  const body = make("bdi", { dir: "auto", class: "said" });
  if (characters.length <= FOLD) {
    body.append(...pieces(characters));
    return [body];
  }
  let folded = true;
  const button = make("button", { type: "button", class: "button small", click: () => turn(!folded) });
  const turn = (fold) => {
    folded = fold;
    body.replaceChildren(...pieces(fold ? characters.slice(0, FOLD) : characters), ...(fold ? ["…"] : []));
    button.setAttribute("aria-expanded", String(!fold));
    button.textContent = fold ? t("show_all", { n: characters.length }) : t("show_less");
  };
  turn(true);
  return [body, button];
}

function pieces(characters) {
  const found = [];
  let run = "";
  characters.forEach((character, i) => {
    if (!UNSEEN.test(character) || (character === JOINER && joinsPictures(characters, i))) {
      run += character;
      return;
    }
    if (run) found.push(run);
    run = "";
    const name = `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    found.push(make("span", { class: "unseen", title: t("unseen", { name }) }, name));
  });
  return run ? [...found, run] : found;
}

function joinsPictures(characters, i) {
  const before = characters[i - 1]?.codePointAt(0) ?? 0;
  const after = characters[i + 1]?.codePointAt(0) ?? 0;
  return before >= PICTURES && after >= PICTURES;
}
