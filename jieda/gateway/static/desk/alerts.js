import { tell } from "./toasts.js";
import { t } from "./words.js";

const KEPT = "jieda desk sound";
const TITLE = document.title;

let audio = null;
let known = null;

const on = () => {
  try {
    return localStorage.getItem(KEPT) === "on";
  } catch {
    return audio !== null;
  }
};

/** Two short tones, one above the other. Browsers let a page sound only after its user has done something. */
export function sound() {
  audio ??= new AudioContext();
  audio.resume();
  [880, 1174.7].forEach((frequency, i) => {
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

/** The critical conversations that wait: the title counts them, and a new one is told of and heard. */
export function critical(ids) {
  const fresh = known && ids.some((id) => !known.has(id));
  known = new Set(ids);
  document.title = ids.length ? `(${ids.length}) ${t("title_critical")} · ${TITLE}` : TITLE;
  if (!fresh) return;
  tell(t("new_critical"), "bad");
  if (on()) sound();
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
    if (next) sound();
    tell(t(next ? "sound_on" : "sound_off"));
  });
  show();
}
