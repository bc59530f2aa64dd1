const words = JSON.parse(document.getElementById("words").textContent);

export const locale = document.documentElement.lang === "en" ? "en-GB" : "zh-CN";

/** The word of that key in the interface's language (gateway/desk/strings/scripts.yml), its {placeholders} filled. */
export function t(key, values = {}) {
  return (words[`js_${key}`] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Whether there is such a word. */
export const known = (key) => `js_${key}` in words;
