/**
 * Web addresses and telephone numbers in a text. Addresses are ASCII: Chinese text may follow one without a space.
 * A number is international, or one of China's 400 numbers.
 */
const URLS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]{1,2000}/;
const PHONES = /(?<![\w+])(?:\+\d{1,3}(?:[ -]?\(?\d{1,4}\)?){2,6}|400-\d{3,4}-\d{3,4})(?![\d-])/;
const LINK = new RegExp(`(${URLS.source})|${PHONES.source}`, "gi");
const ENDING = /[.,;:!?'*\]]+$/;

/** The text in parts `{text, href?}`; a part with an href is a link that is safe to follow. */
export function partsOf(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = match[1] ? trimmed(match[1]) : match[0];
    const href = match[1] ? address(shown) : `tel:${shown.replace(/[^\d+]/g, "")}`;
    if (!href) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Without the punctuation of the sentence around it. */
function trimmed(url) {
  const shorter = url.replace(ENDING, "");
  const unopened = shorter.endsWith(")") && shorter.split(")").length > shorter.split("(").length;
  return unopened ? trimmed(shorter.slice(0, -1)) : shorter;
}

/** None for an address with a user name: it would show one host and lead to another. */
function address(url) {
  try {
    const { protocol, username, password, href } = new URL(url);
    return /^https?:$/.test(protocol) && !username && !password ? href : null;
  } catch {
    return null;
  }
}
