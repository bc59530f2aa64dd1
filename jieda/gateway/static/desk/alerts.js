import { tell } from "./toasts.js";
import { t } from "./words.js";

const KEPT = "jieda desk sound";
const TITLE = document.title;

const CRITICAL = [880, 1174.7];
const ANSWER = [659.3];

let audio = null;
let known = null;

const on = () => {
  try {
    return localStorage.getItem(KEPT) === "on";
  } catch {
    return audio !== null;
  }
};

/** Short tones, one after the other. Browsers let a page sound only after its user has done something. */
function sound(tones) {
  audio ??= new AudioContext();
  audio.resume();
  tones.forEach((frequency, i) => {
    const start = audio.currentTime + 0.16 * i;
    const tone = new OscillatorNode(audio, { type: "sine", frequency });
    const loudness = new GainNode(audio, { gain: 0 });
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.25, start + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.32);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.35);
  });
}

/**
 * What the queue's stream tells: critical conversations that wait are counted in the title, else the agent's own that
 * await an answer; what is new is heard, and a new critical one told of.
 */
export function alertTo({ critical, awaiting = [] }) {
  const fresh = (kind, ids) => known !== null && ids.some((id) => !known[kind].has(id));
  const grave = fresh("critical", critical);
  const spoken = fresh("awaiting", awaiting);
  known = { critical: new Set(critical), awaiting: new Set(awaiting) };
  if (critical.length) document.title = `(${critical.length}) ${t("title_critical")} · ${TITLE}`;
  else document.title = awaiting.length ? `(${awaiting.length}) ${t("title_awaiting")} · ${TITLE}` : TITLE;
  if (grave) tell(t("new_critical"), "bad");
  if (on() && grave) sound(CRITICAL);
  else if (on() && spoken && document.hidden) sound(ANSWER);
}

export function startAlerts() {
  const button = document.querySelector("[data-sound]");
  const show = () => button.setAttribute("aria-pressed", String(on()));
  button.addEventListener("click", () => {
    const next = !on();
    try {
      localStorage.setItem(KEPT, next ? "on" : "off");
    } catch {
      // The choice is not kept.
    }
    show();
    if (next) sound(CRITICAL);
    tell(t(next ? "sound_on" : "sound_off"));
  });
  show();
}
