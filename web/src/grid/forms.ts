/** A form with data-outbox is not sent but kept, then sent from the outbox: with a network that is at once. */
import { commands, fill, type Made, PhotoUnreadable } from "./fields";
import type { Entry, Outbox } from "./outbox";
import type { Sender } from "./sending";

const MENDING = "outbox"; // …/?outbox=ID opens a form with what was refused

export type Told = "kept" | "full" | "broken" | "photo";

/** Take over the forms of this page. tell: says what became of a form, in the words of the page. */
export function takeForms(outbox: Outbox, sender: Sender, tell: (told: Told) => void): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.outbox === undefined || event.defaultPrevented) return;
    event.preventDefault();
    void new Taking(form, outbox, sender, tell).take();
  });
  void mend(outbox);
}

/** One form being kept. A second click while it is being kept is the same one. */
class Taking {
  constructor(
    private readonly form: HTMLFormElement,
    private readonly outbox: Outbox,
    private readonly sender: Sender,
    private readonly tell: (told: Told) => void,
  ) {}

  async take(): Promise<void> {
    if (this.form.getAttribute("aria-busy") === "true") return;
    this.form.setAttribute("aria-busy", "true");
    try {
      await this.keep();
    } catch (error) {
      this.tell(reason(error));
      return;
    } finally {
      this.form.removeAttribute("aria-busy");
    }
    this.tell("kept");
    await this.leave();
  }

  private async keep(): Promise<void> {
    const mended = await wanted(this.outbox);
    const held = mended === null ? new Map<string, ArrayBuffer>() : await photosOf(this.outbox, mended);
    const made = await commands(this.form, held);
    if (mended !== null && made[0] !== undefined) await this.outbox.mend(mended, made[0]);
    else await this.outbox.add(made);
    this.form.dispatchEvent(new CustomEvent<Made[]>("outbox:kept", { bubbles: true, detail: made }));
    void navigator.storage?.persist?.();
  }

  /** Send at once where that goes; then to the next page, or the form is empty for the next report. */
  private async leave(): Promise<void> {
    const sending = this.sender.now();
    const next = this.form.dataset.outboxNext;
    if (next === undefined) {
      this.form.reset();
      return;
    }
    const patience = Number(this.form.dataset.outboxPatience ?? 4_000);
    if (navigator.onLine) await Promise.race([sending, new Promise((done) => setTimeout(done, patience))]);
    location.assign(next);
  }
}

function reason(error: unknown): Told {
  if (error instanceof PhotoUnreadable) return "photo";
  return error instanceof DOMException && error.name === "QuotaExceededError" ? "full" : "broken";
}

async function wanted(outbox: Outbox): Promise<Entry | null> {
  const id = new URLSearchParams(location.search).get(MENDING);
  if (id === null) return null;
  return (await outbox.list()).find((each) => each.id === id && each.aside) ?? null;
}

async function mend(outbox: Outbox): Promise<void> {
  const entry = await wanted(outbox);
  if (entry === null) return;
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-outbox]")) {
    if (form.dataset.outbox === entry.command.path) fill(form, entry.command.body);
  }
}

async function photosOf(outbox: Outbox, entry: Entry): Promise<Map<string, ArrayBuffer>> {
  const found = new Map<string, ArrayBuffer>();
  for (const name of entry.command.photos) {
    const bytes = await outbox.photo(entry.id, name);
    if (bytes !== null) found.set(name, bytes);
  }
  return found;
}
