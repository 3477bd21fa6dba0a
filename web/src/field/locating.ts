/** A form with data-locate gets the position when it is opened; how far that is from the case it says in words. */

const EARTH_M = 6_371_008.8;
const ASK: PositionOptions = { enableHighAccuracy: true, timeout: 15_000, maximumAge: 0 };

interface Point {
  lng: number;
  lat: number;
}

export function keepLocating(): void {
  document.addEventListener("toggle", (event) => begin(event.target), true);
  for (const open of document.querySelectorAll("details[open]")) begin(open);
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-locate='now']")) locate(form);
}

function begin(target: EventTarget | null): void {
  if (!(target instanceof HTMLDetailsElement) || !target.open) return;
  const form = target.querySelector<HTMLFormElement>("form[data-locate]");
  if (form !== null) locate(form);
}

function locate(form: HTMLFormElement): void {
  if (!("geolocation" in navigator)) return say(form, "unplaced");
  say(form, "locating");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => place(form, { lng: coords.longitude, lat: coords.latitude }),
    () => say(form, "unplaced"),
    ASK,
  );
}

function place(form: HTMLFormElement, at: Point): void {
  fill(form, "lng", at.lng);
  fill(form, "lat", at.lat);
  const there = pointOf(form);
  if (there === null) return say(form, "placed");
  const away = Math.round(metres(at, there));
  const radius = Number(form.dataset.radius);
  say(form, away > radius ? "far" : "near", { m: away, radius });
}

function fill(form: HTMLFormElement, name: string, value: number): void {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value.toFixed(7);
}

function pointOf(form: HTMLFormElement): Point | null {
  const { lng, lat } = form.dataset;
  return lng === undefined || lat === undefined ? null : { lng: Number(lng), lat: Number(lat) };
}

/** Say one of the form's own sentences, and mark whether it is good news. */
function say(form: HTMLFormElement, sentence: string, facts: Record<string, number> = {}): void {
  const line = form.querySelector<HTMLElement>(".locate-said");
  const words = line?.querySelector("span");
  if (line === null || words === null || words === undefined) return;
  line.dataset.state = sentence;
  const text = form.dataset[sentence] ?? "";
  words.textContent = text.replace(/\{(\w+)\}/g, (_whole, name: string) => String(facts[name] ?? ""));
}

export function metres(one: Point, other: Point): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const north = radians(other.lat - one.lat);
  const east = radians(other.lng - one.lng);
  const chord =
    Math.sin(north / 2) ** 2 + Math.cos(radians(one.lat)) * Math.cos(radians(other.lat)) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(Math.sqrt(chord), 1));
}
