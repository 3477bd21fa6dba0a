/** Clock badges count on by themselves; the words come with the page (look/clock_words.html). */

const EVERY_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SOON_MS = 5 * MINUTE_MS; // as SOON and SOON_SHARE in look/time.py
const SOON_SHARE = 5;
const TONES = ["clock-calm", "clock-soon", "clock-over"] as const;

type Tone = (typeof TONES)[number];

export function tone(due: number, now: number, since: number | null): Tone {
  if (due < now) return "clock-over";
  const warn = since === null ? SOON_MS : (due - since) / SOON_SHARE;
  return due - now < warn ? "clock-soon" : "clock-calm";
}

export function roughly(ms: number, words: DOMStringMap): string {
  if (ms < MINUTE_MS) return words.short ?? "";
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  const parts: [string | undefined, number][] =
    days > 0 ? [[words.days, days], [words.hours, hours]] : [[words.hours, hours], [words.minutes, minutes]];
  return parts
    .filter(([, count]) => count > 0)
    .map(([word, count]) => (word ?? "").replace("{n}", String(count)))
    .join("")
    .trim();
}

function show(badge: HTMLTimeElement, now: number, words: DOMStringMap): void {
  const due = Date.parse(badge.dateTime);
  const since = badge.dataset.since === undefined ? null : Date.parse(badge.dataset.since);
  const wanted = tone(due, now, since);
  if (!badge.classList.contains(wanted)) {
    badge.classList.remove(...TONES);
    badge.classList.add(wanted);
  }
  const text = ((due < now ? words.over : words.left) ?? "").replace("%(time)s", roughly(Math.abs(due - now), words));
  const left = badge.querySelector(".clock-left");
  if (left !== null && left.textContent !== text) left.textContent = text;
}

/** Bring every badge of the page up to date, each second. */
export function keepCounting(): void {
  const words = document.getElementById("clock-words")?.dataset;
  if (words === undefined) return;
  const all = () => {
    const now = Date.now();
    for (const badge of document.querySelectorAll<HTMLTimeElement>("time.clock")) show(badge, now, words);
  };
  all();
  setInterval(all, EVERY_MS);
}
