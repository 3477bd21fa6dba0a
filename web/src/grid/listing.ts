/** The page of the outbox: what waits, with its words from a <template>. */
import type { Entry, Outbox } from "./outbox";
import type { News, Sender } from "./sending";

type Tone = "waiting" | "aside" | "held";
const TONES: Record<Tone, string> = { waiting: "tone-cyan", aside: "tone-red", held: "tone-secondary" };

export class Listing {
  private readonly list = document.getElementById("outbox");
  private readonly empty = document.getElementById("outbox-empty");
  private readonly progress = document.getElementById("outbox-progress");
  private readonly button = document.getElementById("send");
  private readonly row = document.getElementById("outbox-entry");

  constructor(
    private readonly outbox: Outbox,
    private readonly sender: Sender,
  ) {
    this.button?.addEventListener("click", () => void sender.now());
    if (this.list !== null) void this.storage();
  }

  async show(): Promise<void> {
    if (this.list === null) return;
    const entries = await this.outbox.list();
    this.list.replaceChildren(...entries.map((each) => this.item(each)));
    this.list.hidden = entries.length === 0;
    if (this.empty !== null) this.empty.hidden = entries.length > 0;
    if (this.button !== null) this.button.hidden = !entries.some((each) => !each.aside);
  }

  tell(news: News): void {
    if (this.progress === null) return;
    const words = this.progress.dataset;
    if (news.kind === "sending") this.progress.textContent = words.sending ?? "";
    else if (news.kind === "later") this.progress.textContent = said(words.later, "seconds", Math.ceil(news.afterMs / 1_000));
    else if (news.kind === "idle" && this.progress.textContent === words.sending) this.progress.textContent = words.done ?? "";
    else if (news.kind === "sign-in") this.progress.textContent = "";
  }

  private item(entry: Entry): Node {
    const item = (this.row as HTMLTemplateElement).content.firstElementChild?.cloneNode(true) as HTMLLIElement;
    const tone: Tone = entry.aside ? "aside" : entry.command.needs === "" ? "waiting" : "held";
    const state = part(item, ".outbox-state");
    state.textContent = state.dataset[tone] ?? "";
    state.classList.add(TONES[tone]);
    const time = part<HTMLTimeElement>(item, "time");
    time.dateTime = entry.command.madeAt;
    time.textContent = moment(entry.command.madeAt);
    part(item, ".outbox-title").textContent = entry.command.title;
    some(part(item, ".outbox-photos"), entry.command.photos.length);
    some(part(item, ".outbox-attempts"), entry.attempts);
    const why = part(item, ".outbox-why");
    why.textContent = entry.why;
    why.hidden = entry.why === "";
    this.moves(item, entry);
    return item;
  }

  private moves(item: HTMLElement, entry: Entry): void {
    const edit = part<HTMLAnchorElement>(item, ".outbox-edit");
    edit.href = `${entry.command.from}?outbox=${entry.id}`;
    edit.hidden = !entry.aside || entry.command.from === "";
    const again = part(item, ".outbox-again");
    again.hidden = !entry.aside;
    again.addEventListener("click", () => void this.outbox.again(entry).then(() => this.sender.now()));
    const drop = part(item, ".outbox-drop");
    drop.addEventListener("click", () => {
      if (confirm(`${drop.dataset.ask ?? ""}\n${entry.command.title}`)) void this.outbox.drop(entry);
    });
  }

  /** Say whether the browser may clear what waits when the phone is full. */
  private async storage(): Promise<void> {
    const words = document.getElementById("storage");
    if (words === null || navigator.storage?.persisted === undefined) return;
    words.textContent = ((await navigator.storage.persisted()) ? words.dataset.kept : words.dataset.unkept) ?? "";
    words.hidden = false;
  }
}

export function said(words: string | undefined, name: string, value: string | number): string {
  return (words ?? "").replace(`{${name}}`, String(value));
}

/** Return month, day, hour and minute by the clock of the phone. */
export function moment(iso: string): string {
  const language = document.documentElement.lang;
  return new Date(iso).toLocaleString(language, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
}

function some(words: HTMLElement, count: number): void {
  words.textContent = count > 0 ? said(words.dataset.some, "n", count) : "";
}

function part<T extends HTMLElement = HTMLElement>(item: HTMLElement, selector: string): T {
  return item.querySelector(selector) as T;
}
