import { startAlerts } from "./alerts.js";
import { call, csrfToken, signOut, toSignIn } from "./api.js";
import { startClocks } from "./clocks.js";
import { open } from "./dialogs.js";
import { bind } from "./keyboard.js";
import { followQueue } from "./link.js";
import { tell } from "./toasts.js";
import { t } from "./words.js";

// --- htmx: the session's token with every change, and what happens when a request fails

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") detail.headers["X-CSRF-Token"] = csrfToken();
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 401) return toSignIn();
  tell(t(detail.xhr.status === 403 ? "forbidden" : "failed_request"), "bad");
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => tell(t("failed_request"), "bad"));
}

// --- the bar

const attempt = async (work) => {
  try {
    return await work();
  } catch (error) {
    tell(t(error.status === 403 ? "forbidden" : "failed_request"), "bad");
    return undefined;
  }
};

document.querySelector("[data-duty]").addEventListener("click", ({ currentTarget }) =>
  attempt(async () => {
    const on = currentTarget.getAttribute("aria-checked") !== "true";
    const answer = await call("PUT", "duty", { on });
    currentTarget.setAttribute("aria-checked", String(answer.on ?? on));
    tell(t(on ? "duty_on" : "duty_off"));
    document.dispatchEvent(new CustomEvent("desk:queue"));
  }),
);
document.querySelector("[data-language]").addEventListener("click", ({ currentTarget }) =>
  attempt(async () => {
    await call("PUT", "language", { language: currentTarget.dataset.language });
    location.reload();
  }),
);
document.querySelector("[data-sign-out]").addEventListener("click", () => attempt(signOut));
document.querySelector("[data-help]").addEventListener("click", () => open("help"));

// --- keys that hold on every page

const go = (path) => () => location.assign(path);
const goTo = (name) => () => {
  const link = document.querySelector(`[data-nav="${name}"]`);
  if (link) location.assign(link.href);
};
bind("?", () => open("help"));
bind("/", () => document.querySelector("[data-search]")?.focus());
bind("g q", go("/desk/?view=waiting"));
bind("g m", go("/desk/?view=mine"));
bind("g o", go("/desk/?view=open"));
bind("g c", goTo("desk_cases"));
bind("g t", goTo("desk_transcripts"));
bind("g r", goTo("desk_review"));
bind("g i", goTo("desk_insights"));

/** j and k walk the links of the page's list: `[data-list]` holds rows, each with one `[data-row]` to open it. */
function walk(step) {
  const rows = [...document.querySelectorAll("[data-list] [data-row]")];
  if (!rows.length) return;
  const here = rows.findIndex((row) => row === document.activeElement || row.getAttribute("aria-current") === "true");
  const focused = rows.indexOf(document.activeElement);
  const from = focused >= 0 ? focused : here;
  const next = rows[Math.min(rows.length - 1, Math.max(0, from < 0 ? 0 : from + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
bind("j", () => walk(1));
bind("k", () => walk(-1));

startClocks();
startAlerts();
followQueue();
