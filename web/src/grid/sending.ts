/** Sends what waits: one after another, in one tab at a time, each until it is answered. */
import type { Entry, Outbox } from "./outbox";
import { ask, type Outcome } from "./requests";
import { upload } from "./uploads";

const LOCK = "huying-outbox";
const FIRST_MS = 5_000;
const LONGEST_MS = 300_000;

export type News =
  | { kind: "sending" }
  | { kind: "sent"; entry: Entry; number: string }
  | { kind: "idle" } // nothing is left that could go
  | { kind: "later"; afterMs: number }
  | { kind: "sign-in" };

export class Sender {
  private running: Promise<void> | null = null;
  private timer = 0;
  private failures = 0;

  constructor(
    private readonly outbox: Outbox,
    private readonly tell: (news: News) => void,
  ) {}

  /** Start at once, for instance because the network is back; a second call while it runs is the same one. */
  now(): Promise<void> {
    clearTimeout(this.timer);
    this.running ??= this.alone().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Where a browser has no locks, two tabs may send the same: the keys make it count once. */
  private async alone(): Promise<void> {
    const locks = navigator.locks as LockManager | undefined; // none in older web views
    await (locks === undefined ? this.run() : locks.request(LOCK, () => this.run()));
  }

  private async run(): Promise<void> {
    const stuck = new Set<string>();
    for (;;) {
      const next = (await this.outbox.list()).find((each) => isFree(each, stuck));
      if (next === undefined) return this.end({ kind: "idle" });
      if (!navigator.onLine) return this.wait(); // a try that cannot succeed is none
      this.tell({ kind: "sending" });
      const outcome = await this.send(next);
      if (outcome.kind === "sign-in") return this.end({ kind: "sign-in" });
      if (outcome.kind === "later") {
        await this.outbox.tried(next, "");
        return this.wait();
      }
      await this.settle(next, outcome, stuck);
    }
  }

  private async settle(entry: Entry, outcome: Outcome, stuck: Set<string>): Promise<void> {
    this.failures = 0;
    if (outcome.kind === "refused") {
      stuck.add(entry.id);
      return this.outbox.setAside(entry, outcome.why);
    }
    const number = outcome.kind === "done" ? String(outcome.answer.number ?? "") : "";
    await this.outbox.sent(entry, number);
    this.tell({ kind: "sent", entry, number });
  }

  private async send({ id, command }: Entry): Promise<Outcome> {
    for (const name of command.photos) {
      const bytes = await this.outbox.photo(id, name);
      const outcome = bytes === null ? null : await upload(name, bytes, this.outbox.user);
      if (outcome !== null && outcome.kind !== "done") return outcome;
    }
    const headers = { "Content-Type": "application/json", "Idempotency-Key": id };
    return ask(command.method, command.path, this.outbox.user, { headers, body: JSON.stringify(command.body) });
  }

  private end(news: News): void {
    this.failures = 0;
    this.tell(news);
  }

  /** Try again later and later; each phone at another moment, or all would come at once. */
  private wait(): void {
    const longest = Math.min(FIRST_MS * 2 ** this.failures++, LONGEST_MS);
    const afterMs = longest * (0.5 + Math.random() / 2);
    this.timer = window.setTimeout(() => void this.now(), afterMs);
    this.tell({ kind: "later", afterMs });
  }
}

/** What waits for the answer of another is not free, whatever became of that one. */
function isFree(entry: Entry, stuck: ReadonlySet<string>): boolean {
  return !entry.aside && entry.command.needs === "" && !stuck.has(entry.id);
}
