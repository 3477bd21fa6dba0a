import "../cockpit/cockpit.css";
import type { AreaFigure, StreetMap } from "../map/element";
import { type Points } from "../map/data";
import { draw, type Day } from "../cockpit/trend";

interface Drawn {
  spots: Points;
  areas: (AreaFigure & { code: string })[];
  trend: Day[];
}

const AGAIN_MS = 15_000; // without the stream of what happens
const SOONEST_MS = 1_000;
const wall = document.querySelector<HTMLElement>(".wall");
const map = document.querySelector<StreetMap>("street-map");
const known = new Set<string>();
document.getElementById("tour")?.setAttribute("data-bs-theme", "dark"); // it lies outside the wall
let trend: Day[] = [];
let first = true;
let last = 0;
let waiting: number | undefined;

async function renew(): Promise<void> {
  last = Date.now();
  waiting = undefined;
  const answer = await fetch(wall?.dataset.drawn ?? "", { credentials: "same-origin" }).catch(() => undefined);
  if (answer?.ok !== true) return;
  show((await answer.json()) as Drawn);
}

function show(drawn: Drawn): void {
  map?.setPoints(drawn.spots);
  map?.setFigures(new Map(drawn.areas.map((area) => [area.code, area])));
  trend = drawn.trend;
  draw(trend, [wall?.dataset.reported ?? "", wall?.dataset.closed ?? ""]);
  for (const { geometry, properties } of drawn.spots.features) {
    const id = String(properties.id);
    const [lng, lat] = geometry.coordinates;
    if (!known.has(id) && !first && lng !== undefined && lat !== undefined) map?.ring(lng, lat, properties.tone);
    known.add(id);
  }
  first = false;
}

/** Renew soon, but not more often than once a second however much happens. */
function soon(): void {
  waiting ??= window.setTimeout(() => void renew(), Math.max(0, SOONEST_MS - (Date.now() - last)));
}

/** The clock of the wall is the server's, so that it agrees with the times beside it. */
function tick(): void {
  const at = document.querySelector<HTMLElement>(".wall-now");
  const hour = at?.querySelector(".wall-hour");
  const day = at?.querySelector(".wall-day");
  if (at === null || !hour || !day) return;
  const ahead = Date.parse(at.dataset.now ?? "") - Date.now();
  const write = () => {
    const here = new Date(Date.now() + ahead + 8 * 3_600_000); // China has one time zone, without summer time
    day.textContent = here.toISOString().slice(0, 10);
    hour.textContent = here.toISOString().slice(11, 16);
  };
  write();
  setInterval(write, 1_000);
}

document.addEventListener("huying:step", soon);
document.addEventListener("huying:gap", soon);
document.addEventListener("street-map:point", (event) => {
  const { href } = (event as CustomEvent<{ href: string }>).detail;
  if (href !== "") location.assign(href);
});
document.addEventListener("street-map:area", (event) => {
  const { code } = (event as CustomEvent<{ code: string }>).detail;
  const community = code.slice(0, -3);
  const scope = document.querySelector<HTMLSelectElement>("#scope");
  if (scope && [...scope.options].some((each) => each.value === community) && scope.value !== community) {
    scope.value = community;
    scope.form?.requestSubmit();
  }
});
document.querySelector("#scope")?.addEventListener("change", (event) => (event.target as HTMLSelectElement).form?.requestSubmit());
for (const box of document.querySelectorAll<HTMLInputElement>("[data-layer]")) {
  const apply = () => map?.setLayer?.(box.dataset.layer ?? "", box.checked);
  box.addEventListener("change", apply);
  map?.addEventListener("street-map:ready", apply);
}
document.body.addEventListener("htmx:after:swap", () => draw(trend, [wall?.dataset.reported ?? "", wall?.dataset.closed ?? ""]));
setInterval(soon, AGAIN_MS);
tick();
void renew();
