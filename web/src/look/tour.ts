/** A tour: a card beside one thing of the page after another. Its words come with the page (look/tours/). */

const EDGE_PX = 8;
const NARROW_PX = 767; // there the card lies at the lower edge, as base.css has it

interface Part {
  at: HTMLElement;
  title: string;
  text: string;
}

/** Begin the tour of this page, if it has one that is to be shown. */
export function guide(): void {
  const card = document.getElementById("tour");
  if (card === null || !("showPopover" in card)) return;
  const asked = new URLSearchParams(location.search).has("tour");
  const seen = sessionStorage.getItem(key(card)) !== null;
  if (card.dataset.opens === "yes" && (asked || !seen)) new Tour(card).begin();
}

function key(card: HTMLElement): string {
  return `tour-${card.dataset.name ?? ""}`;
}

class Tour {
  private readonly parts: Part[];
  private readonly before = document.activeElement;
  private nr = 0;

  constructor(private readonly card: HTMLElement) {
    const steps = document.querySelector<HTMLTemplateElement>("#tour-steps")?.content.querySelectorAll("section") ?? [];
    this.parts = [...steps].flatMap((step) => {
      const at = document.querySelector<HTMLElement>(step.dataset.at ?? "");
      const title = step.querySelector("h2")?.textContent ?? "";
      return at === null ? [] : [{ at, title, text: step.querySelector("p")?.textContent ?? "" }];
    });
  }

  begin(): void {
    if (this.parts.length === 0) return;
    this.card.hidden = false;
    this.card.showPopover();
    this.button("tour-next").addEventListener("click", () => (this.isLast() ? this.finish() : this.go(this.nr + 1)));
    this.button("tour-back").addEventListener("click", () => this.go(this.nr - 1));
    this.card.querySelector("form")?.addEventListener("submit", (event) => (event.preventDefault(), this.finish()));
    document.addEventListener("keydown", this.leave);
    for (const moves of ["scroll", "resize"]) window.addEventListener(moves, this.place, { passive: true, capture: true });
    this.go(0);
  }

  private isLast(): boolean {
    return this.nr === this.parts.length - 1;
  }

  private go(nr: number): void {
    this.here()?.at.classList.remove("tour-here");
    this.nr = nr;
    const part = this.here();
    if (part === undefined) return;
    part.at.classList.add("tour-here");
    part.at.scrollIntoView({ block: "nearest" });
    this.say("tour-title", part.title);
    this.say("tour-text", part.text);
    const count = document.getElementById("tour-count")?.dataset.of ?? "";
    this.say("tour-count", count.replace("{n}", String(nr + 1)).replace("{all}", String(this.parts.length)));
    const next = this.button("tour-next");
    next.textContent = (this.isLast() ? next.dataset.last : next.dataset.next) ?? "";
    this.button("tour-back").hidden = nr === 0;
    this.place();
    document.getElementById("tour-title")?.focus();
  }

  private here(): Part | undefined {
    return this.parts[this.nr];
  }

  /** Put the card below what it is about, or above, or where there is room; on a phone the style sheet does. */
  private readonly place = (): void => {
    const part = this.here();
    if (part === undefined || window.innerWidth <= NARROW_PX) {
      this.card.style.removeProperty("left");
      this.card.style.removeProperty("top");
      return;
    }
    const target = part.at.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const places = [
      [target.left, target.bottom + EDGE_PX],
      [target.left, target.top - height - EDGE_PX],
      [target.right + EDGE_PX, target.top],
      [target.left - width - EDGE_PX, target.top],
    ] as const;
    const fits = ([x, y]: readonly [number, number]) =>
      x >= 0 && y >= 0 && x + width <= window.innerWidth && y + height <= window.innerHeight;
    const [x, y] = places.find(fits) ?? [target.left, window.innerHeight];
    const within = (at: number, size: number, room: number) => Math.max(EDGE_PX, Math.min(at, room - size - EDGE_PX));
    this.card.style.setProperty("left", `${within(x, width, window.innerWidth)}px`);
    this.card.style.setProperty("top", `${within(y, height, window.innerHeight)}px`);
  };

  /** Escape: not now. It comes again another time. */
  private readonly leave = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    sessionStorage.setItem(key(this.card), "later");
    this.close();
  };

  private finish(): void {
    const form = this.card.querySelector("form");
    sessionStorage.setItem(key(this.card), "seen"); // also while there is no network
    if (form !== null) void fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => undefined);
    this.close();
  }

  private close(): void {
    this.here()?.at.classList.remove("tour-here");
    document.removeEventListener("keydown", this.leave);
    for (const moves of ["scroll", "resize"]) window.removeEventListener(moves, this.place, { capture: true });
    this.card.hidePopover();
    this.card.hidden = true;
    if (this.before instanceof HTMLElement) this.before.focus();
  }

  private button(id: string): HTMLButtonElement {
    return document.getElementById(id) as HTMLButtonElement;
  }

  private say(id: string, words: string): void {
    const place = document.getElementById(id);
    if (place !== null) place.textContent = words;
  }
}
