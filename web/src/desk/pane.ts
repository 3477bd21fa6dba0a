/** The case beside the queue: fetched when a row is chosen, and what is done with it sent from here. */

const PART = { "X-Part": "pane" };
const STAYS_MS = 300; // with a case before the map goes there
const NEAR = 6; // cases kept, so that going back shows at once

type StreetMap = HTMLElement & {
  setPoints?(points: unknown): void;
  setPin?(lng: number, lat: number): void;
};

export class Pane {
  /** Called when something was done: the queue is no longer as it was. */
  done: () => void = () => undefined;
  number = "";
  private asked: AbortController | undefined;
  private readonly known = new Map<string, string>();
  private map: StreetMap | undefined;
  private drawing = 0;

  constructor(readonly element: HTMLElement) {
    this.number = this.article?.dataset.number ?? "";
    element.addEventListener("submit", (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || form.dataset.part !== "pane") return;
      event.preventDefault();
      void this.send(form);
    });
    this.draw();
  }

  get article(): HTMLElement | null {
    return this.element.querySelector<HTMLElement>("article.case");
  }

  /** Show a case: at once as it was last seen, then as it is. */
  async show(number: string, address: string): Promise<void> {
    this.number = number;
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    const before = this.known.get(number);
    if (before !== undefined) this.fill(before);
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: PART, signal: asked.signal });
      const text = await answer.text();
      if (asked.signal.aborted) return;
      this.keep(number, text);
      if (text !== before) this.fill(text);
    } catch (error) {
      if (!asked.signal.aborted) this.say(words().offline ?? String(error));
    } finally {
      if (this.asked === asked) this.element.removeAttribute("aria-busy");
    }
  }

  /** Show something else than a case: one that is still on its way does not come over it. */
  tell(told: Element | null): void {
    this.asked?.abort();
    this.element.removeAttribute("aria-busy");
    this.number = "";
    this.element.replaceChildren(...(told === null ? [] : [told]));
    this.element.focus();
  }

  /** Fetch a case that will probably be looked at next. */
  async prefetch(number: string, address: string): Promise<void> {
    if (this.known.has(number)) return;
    const answer = await fetch(address, { headers: PART, priority: "low" }).catch(() => undefined);
    if (answer?.ok) this.keep(number, await answer.text());
  }

  forget(number: string): void {
    this.known.delete(number);
  }

  /** Open what a key stands for: where something is missing there, else on the button, so that Enter does it. */
  open(key: string): boolean {
    const deed = this.element.querySelector<HTMLDetailsElement>(`details.deed[data-key="${key}"]`);
    if (deed === null) return false;
    deed.open = true;
    const fields = deed.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>("form [required]");
    const empty = [...fields].find((field) => field.value === "");
    deed.scrollIntoView({ block: "nearest" });
    (empty ?? deed.querySelector<HTMLElement>("form button"))?.focus();
    return true;
  }

  /** Take the proposal, if there is one. */
  take(): boolean {
    const form = this.element.querySelector<HTMLFormElement>("form#take");
    form?.requestSubmit();
    return form !== null;
  }

  close(): boolean {
    const open = this.element.querySelector<HTMLDetailsElement>("details.deed[open]");
    if (open === null) return false;
    open.open = false;
    return true;
  }

  private async send(form: HTMLFormElement): Promise<void> {
    const number = form.dataset.number ?? "";
    if (form.dataset.sending !== undefined) return;
    form.dataset.sending = "true";
    mark(number, true);
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: PART });
      const text = await answer.text();
      this.known.delete(number);
      if (this.number === number) this.fill(text);
      if (answer.ok) this.keep(number, text);
    } catch {
      this.say(words().offline ?? "");
      for (const button of form.querySelectorAll("button")) button.disabled = false;
    } finally {
      delete form.dataset.sending;
      mark(number, false);
      this.done();
    }
  }

  private keep(number: string, text: string): void {
    this.known.delete(number);
    this.known.set(number, text);
    const oldest = this.known.keys().next().value;
    if (this.known.size > NEAR && oldest !== undefined) this.known.delete(oldest);
  }

  private fill(text: string): void {
    this.element.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    this.element.scrollTop = 0;
    this.draw();
  }

  /** Show on the map where it is, once somebody stays with the case. One map for all: a new one each time is slow. */
  private draw(): void {
    clearTimeout(this.drawing);
    this.drawing = window.setTimeout(() => this.move(this.article?.dataset ?? {}), STAYS_MS);
  }

  private move(case_: DOMStringMap): void {
    const map = this.map ?? this.begun(case_);
    if (map === undefined) return;
    map.hidden = case_.lng === undefined;
    if (case_.lng === undefined) return;
    const coordinates = [Number(case_.lng), Number(case_.lat)] as const;
    const properties = { id: case_.number ?? "", tone: case_.tone ?? "", label: case_.place ?? "", href: "" };
    const feature = { type: "Feature", geometry: { type: "Point", coordinates }, properties };
    void customElements.whenDefined("street-map").then(() => {
      map.setPoints?.({ type: "FeatureCollection", features: [feature] });
      map.setPin?.(...coordinates);
    });
  }

  /** Make the map with the first case that has a place. */
  private begun(case_: DOMStringMap): StreetMap | undefined {
    const source = document.getElementById("map-here") as HTMLTemplateElement | null;
    if (source === null || case_.lng === undefined) return undefined;
    const made = source.content.firstElementChild?.cloneNode(true) as StreetMap;
    made.setAttribute("center", `${case_.lng},${case_.lat ?? ""}`);
    source.replaceWith(made);
    return (this.map = made);
  }

  private say(text: string): void {
    say(text);
  }
}

/** Show on the row that something is being done with it, before the server has answered. */
function mark(number: string, sending: boolean): void {
  document.getElementById(`row-${number}`)?.classList.toggle("is-sending", sending);
}

export function say(text: string): void {
  const said = document.getElementById("said");
  if (said !== null) said.textContent = text;
}

export function words(): DOMStringMap {
  return document.getElementById("desk-words")?.dataset ?? {};
}
