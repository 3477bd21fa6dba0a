import { Day, type Played } from "../cockpit/day";
import type { Points } from "../map/data";
import type { StreetMap } from "../map/element";

const DAY_S = 86_400;
const DRAW_MS = 100; // the map is drawn anew so often at most
const RING_MS = 1_200;
const wall = document.querySelector<HTMLElement>(".playback");
const map = document.querySelector<StreetMap>("street-map");
const play = document.querySelector<HTMLButtonElement>("#play");
const seek = document.querySelector<HTMLInputElement>("#seek");
const speed = document.querySelector<HTMLSelectElement>("#speed");
const said = document.querySelector<HTMLElement>("#play-said");
const tones = new Map([...document.querySelectorAll<HTMLElement>("[data-tone]")].map((each) => [each.dataset.state, each.dataset.tone]));
let second = 0;
let running = false;
let before = 0;
let drawn = 0;

function write(id: string, text: string): void {
  const at = document.getElementById(id);
  if (at !== null && at.textContent !== text) at.textContent = text;
}

function points(day: Day): Points {
  const features = day.open.flatMap((at) => {
    const [number, lng, lat, , , href] = day.played.cases[at] ?? [];
    if (number === undefined || typeof lng !== "number" || typeof lat !== "number") return [];
    const tone = tones.get(day.states[at]) ?? "blue";
    const geometry = { type: "Point" as const, coordinates: [lng, lat] };
    return [{ type: "Feature" as const, geometry, properties: { id: number, tone, label: number, href: href ?? "" } }];
  });
  return { type: "FeatureCollection", features };
}

function show(day: Day): void {
  day.go(second);
  const minutes = Math.floor(Math.min(second, DAY_S) / 60);
  const hour = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  write("hour", hour);
  write("play-reported", String(day.reported));
  write("play-closed", String(day.closed));
  write("play-open", String(day.open.length));
  seek?.setAttribute("aria-valuetext", hour);
  map?.setPoints(points(day));
  for (const at of running ? day.fresh.slice(-5) : []) {
    const [, lng, lat] = day.played.cases[at] ?? [];
    if (typeof lng === "number" && typeof lat === "number") map?.ring(lng, lat, "orange", RING_MS);
  }
}

function turn(on: boolean): void {
  running = on;
  if (play) play.textContent = (on ? play.dataset.pause : play.dataset.play) ?? "";
  if (said) said.textContent = "";
}

function begin(day: Day): void {
  const step = (at: number) => {
    if (running) {
      second = Math.min(DAY_S, second + ((at - before) / 1000) * (DAY_S / Number(speed?.value ?? 60)));
      if (at - drawn >= DRAW_MS || second >= DAY_S) {
        drawn = at;
        if (seek) seek.value = String(Math.floor(second));
        show(day);
      }
      if (second >= DAY_S) {
        turn(false);
        if (said) said.textContent = said.dataset.ended ?? "";
      }
    }
    before = at;
    requestAnimationFrame(step);
  };
  play?.addEventListener("click", () => {
    if (!running && second >= DAY_S) second = 0;
    turn(!running);
  });
  seek?.addEventListener("input", () => {
    second = Number(seek.value);
    show(day);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || (event.target as Element).closest("button, input, select, a") !== null) return;
    event.preventDefault();
    play?.click();
  });
  map?.addEventListener("street-map:ready", () => show(day));
  show(day);
  wall?.setAttribute("data-ready", "");
  requestAnimationFrame(step);
}

document.addEventListener("street-map:point", (event) => {
  const { href } = (event as CustomEvent<{ href: string }>).detail;
  if (href !== "") location.assign(href);
});
const answer = await fetch(wall?.dataset.steps ?? "", { credentials: "same-origin" });
if (answer.ok) begin(new Day((await answer.json()) as Played));
