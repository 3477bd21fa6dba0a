/** The rows: which one is chosen, which are ticked, and how they follow what happens. */

import { live } from "../look/live";
import { type Pane, say, words } from "./pane";

const SLOWEST_MS = 1_000; // between two refreshes because of steps

export class Queue {
  /** Called with the numbers of urgent cases nobody was called to yet. */
  alarmed: (numbers: string[]) => void = () => undefined;
  private tag = "";
  private waits = false;
  private asks = false;
  private lastTicked = "";

  constructor(
    readonly element: HTMLElement,
    private readonly pane: Pane,
  ) {
    element.addEventListener("click", (event) => {
      const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-pane]");
      if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const row = link.closest<HTMLElement>(".row-line");
      if (row !== null) this.choose(row);
    });
    document.querySelector(".pane-back a")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.back();
    });
    element.addEventListener("change", () => this.count());
    document.getElementById("together")?.addEventListener("submit", (event) => this.together(event));
    this.count();
  }

  get rows(): HTMLElement[] {
    return [...this.element.querySelectorAll<HTMLElement>(".row-line")];
  }

  get current(): HTMLElement | null {
    return this.element.querySelector<HTMLElement>('.row-line[aria-current="true"]');
  }

  get alarms(): string[] {
    return (document.getElementById("rows")?.dataset.alarms ?? "").split(" ").filter((each) => each !== "");
  }

  /** Choose the row so many below; at an end nothing happens. */
  step(by: number): void {
    const rows = this.rows;
    const at = this.current === null ? -1 : rows.indexOf(this.current);
    const next = rows[at === -1 ? 0 : at + by];
    if (next === undefined) return;
    this.choose(next);
    const after = rows[rows.indexOf(next) + by];
    if (after !== undefined) setTimeout(() => this.isCurrent(next) && void this.pane.prefetch(...place(after)), 150);
  }

  choose(row: HTMLElement): void {
    this.current?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    row.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
    document.getElementById("content")?.classList.add("has-case");
    const [number, address] = place(row);
    const here = new URL(location.href);
    here.searchParams.set("case", number);
    history.replaceState(null, "", here);
    void this.pane.show(number, address);
  }

  /** Back to the list, on a phone where the case covers it. */
  back(): void {
    document.getElementById("content")?.classList.remove("has-case");
    this.current?.querySelector<HTMLElement>("a")?.focus();
  }

  tick(range: boolean): void {
    const row = this.current;
    const box = row === null ? null : tickOf(row);
    if (row === null || box === null) return;
    const rows = this.rows;
    const from = rows.findIndex((each) => each.dataset.number === this.lastTicked);
    if (range && from !== -1) {
      const to = rows.indexOf(row);
      for (const each of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) set(each, true);
    } else set(row, !box.checked);
    this.lastTicked = row.dataset.number ?? "";
    this.count();
  }

  clear(): void {
    for (const row of this.rows) set(row, false);
    this.count();
  }

  follow(): void {
    live(
      () => this.soon(),
      () => void this.refresh(),
    );
  }

  async refresh(): Promise<void> {
    if (this.asks) return this.soon();
    this.asks = true;
    try {
      const headers: HeadersInit = this.tag === "" ? {} : { "If-None-Match": this.tag };
      const answer = await fetch(this.element.dataset.rows ?? "", { headers, cache: "no-store" });
      if (answer.status === 304 || !answer.ok) return;
      this.tag = answer.headers.get("ETag") ?? "";
      this.renew(await answer.text());
      say("");
    } catch {
      say(words().offline ?? "");
    } finally {
      this.asks = false;
    }
  }

  private soon(): void {
    if (this.waits) return;
    this.waits = true;
    setTimeout(() => {
      this.waits = false;
      void this.refresh();
    }, SLOWEST_MS);
  }

  /** Bring the rows up to date: one that looks as before stays as it is, with its tick and its focus. */
  private renew(text: string): void {
    const fresh = new DOMParser().parseFromString(text, "text/html").body;
    const kept = new Map(this.rows.map((row) => [row.id, row]));
    const chosen = this.current?.dataset.number ?? this.pane.number;
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    for (const row of fresh.querySelectorAll<HTMLElement>(".row-line")) {
      const before = kept.get(row.id);
      if (before === undefined) row.classList.add("is-new");
      else if (before.dataset.mark === row.dataset.mark) row.replaceWith(before);
      else {
        set(row, tickOf(before)?.checked ?? false);
        this.pane.forget(row.dataset.number ?? "");
      }
    }
    this.element.replaceChildren(...fresh.childNodes);
    for (const row of this.rows) row.toggleAttribute("aria-current", false);
    const current = document.getElementById(`row-${chosen}`);
    current?.setAttribute("aria-current", "true");
    if (focused !== null) (focused.isConnected ? (focused as HTMLElement) : current?.querySelector("a"))?.focus();
    this.count();
    this.alarmed(this.alarms);
  }

  private isCurrent(row: HTMLElement): boolean {
    return this.current === row;
  }

  private count(): void {
    const ticked = this.rows.filter((row) => tickOf(row)?.checked).length;
    const bar = document.getElementById("together");
    const said = bar?.querySelector<HTMLElement>(".together-count");
    if (bar == null || said == null) return;
    bar.classList.toggle("is-active", ticked > 0);
    said.textContent = ticked === 0 ? (said.dataset.none ?? "") : (said.dataset.some ?? "").replace("{n}", String(ticked));
    for (const button of bar.querySelectorAll("button")) button.disabled = ticked === 0;
  }

  /** Many at once: what became of each is told in the pane, and the rows follow. */
  private async together(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const body = new FormData(form, event.submitter);
    for (const number of body.getAll("number")) document.getElementById(`row-${String(number)}`)?.classList.add("is-sending");
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "pane" } }).catch(() => undefined);
    if (answer === undefined) return say(words().offline ?? "");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.pane.tell(fresh.querySelector(".outcomes") ?? fresh.querySelector("main"));
    document.getElementById("content")?.classList.add("has-case");
    for (const row of this.rows) row.classList.remove("is-sending");
    this.clear();
    await this.refresh();
  }
}

function place(row: HTMLElement): [string, string] {
  return [row.dataset.number ?? "", row.querySelector<HTMLElement>("a[data-pane]")?.dataset.pane ?? ""];
}

function tickOf(row: HTMLElement): HTMLInputElement | null {
  return row.querySelector<HTMLInputElement>("input[type=checkbox]");
}

function set(row: HTMLElement, ticked: boolean): void {
  const box = tickOf(row);
  if (box !== null) box.checked = ticked;
}
