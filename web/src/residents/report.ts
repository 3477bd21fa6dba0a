/** The report becomes three calm steps. Without this script the same form stands there whole and works. */
import { photoField } from "./photos";
import { field, here, setPoint } from "./place";

const PAUSE_MS = 500;
const CLOSE = 17; // zoom at which houses are told apart
const LEAST_TEXT = 4; // characters from which a category can be guessed

type Likely = { category_id: number; name: string };
type StreetMap = HTMLElement & { setPin?(lng: number, lat: number): void; flyTo?(lng: number, lat: number, zoom?: number): void };
type Pinned = CustomEvent<{ lng: number; lat: number }>;

export function reportForm(): void {
  const form = document.getElementById("report");
  if (form instanceof HTMLFormElement) new Report(form).start();
}

class Report {
  private readonly steps: HTMLElement[];
  private waiting = 0;

  constructor(private readonly form: HTMLFormElement) {
    this.steps = [...form.querySelectorAll<HTMLElement>("[data-step]")];
  }

  start(): void {
    for (const each of this.form.querySelectorAll<HTMLElement>(".step-moves, .place-ways")) each.hidden = false;
    for (const each of this.form.querySelectorAll<HTMLButtonElement>("[data-to]")) {
      each.addEventListener("click", () => this.move(Number(each.dataset.to)));
    }
    photoField(
      this.part<HTMLInputElement>("photos"),
      this.part("photo-previews"),
      this.part<HTMLTemplateElement>("photo-preview"),
      Number(this.form.dataset.side),
    );
    this.part("text").addEventListener("input", () => this.soon(() => void this.guess()));
    this.part("address").addEventListener("input", () => this.soon(() => void this.search()));
    this.part("meant").addEventListener("change", (event) => this.choose(event.target as HTMLInputElement));
    this.part("place-other").addEventListener("click", () => this.unchoose());
    this.part("locate").addEventListener("click", () => this.locate());
    this.part("show-map").addEventListener("click", () => void this.map());
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.part("place-other").hidden = this.part("place-chosen").hidden;
    this.show(this.firstWrong(), false);
  }

  private part<T extends HTMLElement = HTMLElement>(id: string): T {
    return document.getElementById(id) as T;
  }

  private word(name: string): string {
    return this.form.dataset[name] ?? "";
  }

  private soon(act: () => void): void {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(act, PAUSE_MS);
  }

  // -- the three steps ------------------------------------------------------------------------------------

  private move(to: number): void {
    const wrong = to > 1 ? this.lacking(to) : null;
    if (wrong !== null) {
      wrong.focus();
      wrong.reportValidity();
      return;
    }
    if (to === 3) void this.around();
    this.show(to, true);
  }

  /** Return the field without which the next step makes no sense. */
  private lacking(to: number): HTMLTextAreaElement | HTMLInputElement | null {
    const text = this.part<HTMLTextAreaElement>("text");
    const address = this.part<HTMLInputElement>("address");
    text.required = true;
    address.required = to === 3 && field(this.form, "building_code").value === "" && field(this.form, "lng").value === "";
    if (!text.checkValidity()) return text;
    return address.checkValidity() ? null : address;
  }

  private show(step: number, isMoved: boolean): void {
    for (const each of this.steps) each.hidden = Number(each.dataset.step) !== step;
    this.form.querySelectorAll(".progress-steps li").forEach((each, nr) => {
      each.toggleAttribute("aria-current", nr + 1 === step);
      if (nr + 1 === step) each.setAttribute("aria-current", "step");
      each.classList.toggle("is-done", nr + 1 < step);
    });
    if (isMoved) {
      this.part(`step-${step}`).focus();
      this.form.scrollIntoView({ block: "start" });
    }
  }

  /** Return the step with the first error, the first of all when there is none. */
  private firstWrong(): number {
    const wrong = this.steps.find((each) => each.querySelector(".field-error") !== null);
    return Number(wrong?.dataset.step ?? 1);
  }

  // -- what -----------------------------------------------------------------------------------------------

  private async guess(): Promise<void> {
    const text = this.part<HTMLTextAreaElement>("text").value.trim();
    const found = text.length < LEAST_TEXT ? [] : await this.likely(text);
    const box = this.part("likely");
    box.hidden = found.length === 0;
    box.querySelector(".chips")?.replaceChildren(...found.map((each) => this.chip(each)));
  }

  private async likely(text: string): Promise<Likely[]> {
    const answer = await this.ask(this.word("likely"), JSON.stringify({ text }), "application/json");
    if (answer === null) return [];
    const said: unknown = JSON.parse(answer);
    return Array.isArray(said) ? (said as Likely[]).slice(0, 3) : [];
  }

  private chip(likely: Likely): HTMLButtonElement {
    const select = this.part<HTMLSelectElement>("category");
    const made = document.createElement("button");
    made.type = "button";
    made.className = "chip";
    made.textContent = likely.name;
    made.setAttribute("aria-pressed", String(select.value === String(likely.category_id)));
    made.addEventListener("click", () => {
      const isTaken = made.getAttribute("aria-pressed") === "true";
      for (const each of made.parentElement?.children ?? []) each.setAttribute("aria-pressed", "false");
      made.setAttribute("aria-pressed", String(!isTaken));
      select.value = isTaken ? "" : String(likely.category_id);
    });
    return made;
  }

  // -- where ----------------------------------------------------------------------------------------------

  private async search(): Promise<void> {
    field(this.form, "building_code").value = "";
    const html = await this.ask(this.word("places"), new URLSearchParams({ address: this.part<HTMLInputElement>("address").value }));
    if (html !== null) put(this.part("meant"), html);
  }

  private choose(picked: HTMLInputElement): void {
    field(this.form, "building_code").value = picked.value;
    this.part<HTMLInputElement>("address").value = picked.dataset.name ?? "";
    this.part("place-chosen").hidden = false;
    this.part("place-other").hidden = false;
    const name = this.part("place-chosen").querySelector("strong");
    if (name !== null) name.textContent = picked.dataset.name ?? "";
    this.part("meant").replaceChildren();
    setPoint(this.form, null);
    this.part("place-said").textContent = "";
  }

  private unchoose(): void {
    field(this.form, "building_code").value = "";
    this.part("place-chosen").hidden = true;
    const address = this.part<HTMLInputElement>("address");
    address.value = "";
    address.focus();
  }

  private locate(): void {
    const said = this.part("place-said");
    said.textContent = this.word("locating");
    here().then(
      ({ coords }) => this.point({ lng: coords.longitude, lat: coords.latitude }, this.word("located")),
      () => (said.textContent = this.word("notLocated")),
    );
  }

  private point(point: { lng: number; lat: number }, said: string): void {
    setPoint(this.form, point);
    this.part("place-said").textContent = said;
    this.part<HTMLInputElement>("address").required = false;
    if (said === this.word("located")) this.showOnMap(point);
  }

  private showOnMap(point: { lng: number; lat: number }): void {
    const map = this.form.querySelector<StreetMap>("street-map");
    map?.setPin?.(point.lng, point.lat);
    map?.flyTo?.(point.lng, point.lat, CLOSE);
  }

  /** Load the map only now: the report itself must be light. */
  private async map(): Promise<void> {
    const box = this.part("map-box");
    box.hidden = false;
    if (box.querySelector("street-map") !== null) return;
    try {
      const style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = this.word("mapStyle");
      document.head.append(style);
      await import(/* @vite-ignore */ new URL(this.word("map"), location.href).href);
      const map = document.createElement("street-map");
      map.setAttribute("pick", "");
      map.setAttribute("flat", "");
      map.addEventListener("street-map:pick", (event) => this.point((event as Pinned).detail, this.word("pinned")));
      const lng = field(this.form, "lng").value;
      if (lng !== "") {
        map.setAttribute("center", `${lng},${field(this.form, "lat").value}`);
        map.setAttribute("zoom", String(CLOSE));
      }
      box.prepend(map);
    } catch {
      box.hidden = true;
      this.part("place-said").textContent = this.word("noMap");
    }
  }

  // -- send -----------------------------------------------------------------------------------------------

  private async around(): Promise<void> {
    const place = new URLSearchParams();
    for (const name of ["building_code", "address", "lng", "lat"]) place.set(name, field(this.form, name).value);
    const html = await this.ask(this.word("nearby"), place);
    if (html !== null) put(this.part("nearby"), html);
  }

  private submit(event: SubmitEvent): void {
    const by = event.submitter;
    if (!(by instanceof HTMLButtonElement) || by.name !== "send") return; // "I too" and the switches go their way
    event.preventDefault();
    void this.send(by);
  }

  /** Send by fetch: when something is wrong the page stays as it is, photos and all, with the errors beside the fields. */
  private async send(button: HTMLButtonElement): Promise<void> {
    const said = this.part("send-said");
    button.disabled = true;
    said.textContent = this.word("sending");
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: new FormData(this.form) });
      if (answer.redirected) {
        location.assign(answer.url);
        return;
      }
      this.errors(new DOMParser().parseFromString(await answer.text(), "text/html"));
      said.textContent = "";
    } catch {
      said.textContent = this.word("noNet");
    }
    button.disabled = false;
  }

  private errors(page: Document): void {
    for (const each of this.form.querySelectorAll<HTMLElement>("[data-error]")) {
      const told = page.querySelector(`[data-error="${each.dataset.error}"]`);
      told?.querySelector("[data-photos-lost]")?.remove(); // here they are not
      each.replaceChildren(...(told?.childNodes ?? []));
    }
    const key = page.querySelector<HTMLInputElement>("input[name=key]");
    if (key !== null) field(this.form, "key").value = key.value;
    const step = this.form.querySelector("[data-step] .field-error") === null ? 3 : this.firstWrong();
    this.show(step, true);
  }

  /** Return the text of an answer, null when there is none: what is only a help must not stop anybody. */
  private async ask(address: string, body: string | URLSearchParams, type?: string): Promise<string | null> {
    try {
      const headers: Record<string, string> = { "X-CSRFToken": field(this.form, "csrfmiddlewaretoken").value };
      if (type !== undefined) headers["Content-Type"] = type;
      const answer = await fetch(address, { method: "POST", body, headers });
      return answer.ok ? await answer.text() : null;
    } catch {
      return null;
    }
  }
}

function put(box: HTMLElement, html: string): void {
  box.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
}
