/** The outbox: commands that wait on the phone, each one request of the API, strictly in the order made. */
import { sha256, uuid7 } from "./ids";
import { keyOf, seal, unseal } from "./sealing";
import { type Row, store } from "./store";

export type Body = { [name: string]: Value };
export type Value = string | number | boolean | Value[] | Body;

/** What is to be done. needs: id of the command whose answer gives the {number} in `path`; "" = none. */
export type Command = {
  title: string;
  path: string;
  method: string;
  body: Body;
  photos: string[]; // SHA-256, named in the body too
  needs: string;
  from: string; // the page whose form made it
  madeAt: string; // ISO, by the clock of the phone
};

/** A command as it waits. aside: refused for good, until a person mends or drops it. */
export type Entry = { seq: number; id: string; aside: boolean; command: Command; attempts: number; why: string };

export type Draft = { command: Omit<Command, "photos" | "madeAt">; photos: Map<string, ArrayBuffer> };

type Inside = Pick<Entry, "command" | "attempts" | "why">;

const channel = "BroadcastChannel" in self ? new BroadcastChannel("huying-outbox") : null;
const listeners = new Set<() => void>();

/** Call back when something was added, sent or set aside, in this tab or another. */
export function onChange(listener: () => void): void {
  listeners.add(listener);
}

channel?.addEventListener("message", () => tellHere());

function tellHere(): void {
  for (const listener of listeners) listener();
}

function tell(): void {
  tellHere();
  channel?.postMessage("changed");
}

/** The outbox of one user of this phone; another's cannot be read with his key. */
export class Outbox {
  private key: Promise<CryptoKey> | null = null;

  constructor(readonly user: string) {}

  /** Keep commands, all or none; each id is made before, because a later one may need an earlier one. */
  async add(drafts: readonly (Draft & { id: string })[]): Promise<void> {
    const madeAt = new Date().toISOString();
    const rows: Row[] = [];
    const photos = [];
    for (const { id, command, photos: files } of drafts) {
      rows.push(await this.row(id, false, { command: { ...command, photos: [...files.keys()], madeAt }, attempts: 0, why: "" }));
      for (const [name, bytes] of files) photos.push(await this.photoRow(id, name, bytes));
    }
    const transaction = (await store()).transaction(["entries", "photos"], "readwrite", { durability: "strict" });
    await Promise.all([
      ...rows.map((each) => transaction.objectStore("entries").add(each)),
      ...photos.map((each) => transaction.objectStore("photos").put(each)),
      transaction.done,
    ]);
    tell();
  }

  /** Return what waits, in the order made; without what was sealed with another key. */
  async list(): Promise<Entry[]> {
    const rows = await (await store()).getAllFromIndex("entries", "user", this.user);
    rows.sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
    const entries = await Promise.all(rows.map((each) => this.entry(each)));
    return entries.filter((each) => each !== null);
  }

  async count(): Promise<{ waiting: number; aside: number }> {
    const rows = await (await store()).getAllFromIndex("entries", "user", this.user);
    const aside = rows.filter((each) => each.aside).length;
    return { waiting: rows.length - aside, aside };
  }

  async photo(id: string, name: string): Promise<ArrayBuffer | null> {
    const row = await (await store()).get("photos", [id, name]);
    return row === undefined ? null : unseal(await this.ownKey(), row.sealed, this.about(id, name));
  }

  /** Note a try that came to nothing yet. */
  async tried(entry: Entry, why: string): Promise<void> {
    await this.put({ ...entry, attempts: entry.attempts + 1, why });
  }

  /** Set aside what was refused for good; the others go on. */
  async setAside(entry: Entry, why: string): Promise<void> {
    await this.put({ ...entry, aside: true, attempts: entry.attempts + 1, why });
  }

  /** Let a command try again that was set aside. */
  async again(entry: Entry): Promise<void> {
    await this.put({ ...entry, aside: false, why: "" });
  }

  /** Put another content in the place of one that was refused: it counted for nothing, so its id may stay. */
  async mend(entry: Entry, draft: Draft): Promise<void> {
    const { madeAt } = entry.command;
    const command = { ...draft.command, needs: entry.command.needs, photos: [...draft.photos.keys()], madeAt };
    const photos = await Promise.all([...draft.photos].map(([name, bytes]) => this.photoRow(entry.id, name, bytes)));
    const row = { ...(await this.row(entry.id, false, { command, attempts: 0, why: "" })), seq: entry.seq };
    const transaction = (await store()).transaction(["entries", "photos"], "readwrite");
    await Promise.all([
      transaction.objectStore("entries").put(row),
      ...photos.map((each) => transaction.objectStore("photos").put(each)),
      transaction.done,
    ]);
    tell();
  }

  /** Forget what was sent. number: the case it made, for what waited for that. */
  async sent(entry: Entry, number: string): Promise<void> {
    const followers = (await this.list()).filter((each) => each.command.needs === entry.id);
    const rows = await Promise.all(
      followers.map((each) => {
        const path = each.command.path.replace("{number}", encodeURIComponent(number));
        return this.rowOf({ ...each, command: { ...each.command, path, needs: "" } });
      }),
    );
    await this.remove([entry], rows);
  }

  /** Forget a command that is no longer wanted, and what would have followed from it. */
  async drop(entry: Entry): Promise<void> {
    const all = await this.list();
    const going = [entry];
    for (const each of all) if (going.some((gone) => gone.id === each.command.needs)) going.push(each);
    await this.remove(going, []);
  }

  private async remove(entries: readonly Entry[], changed: readonly Row[]): Promise<void> {
    const transaction = (await store()).transaction(["entries", "photos"], "readwrite", { durability: "strict" });
    const photos = transaction.objectStore("photos");
    for (const { seq, id } of entries) {
      await transaction.objectStore("entries").delete(seq);
      for (const key of await photos.index("entry").getAllKeys(id)) await photos.delete(key);
    }
    for (const each of changed) await transaction.objectStore("entries").put(each);
    await transaction.done;
    tell();
  }

  private async put(entry: Entry): Promise<void> {
    const row = await this.rowOf(entry);
    const transaction = (await store()).transaction("entries", "readwrite");
    const isThere = (await transaction.store.get(entry.seq)) !== undefined; // another tab may have sent it
    if (isThere) await transaction.store.put(row);
    await transaction.done;
    tell();
  }

  private async rowOf(entry: Entry): Promise<Row> {
    return { ...(await this.row(entry.id, entry.aside, entry)), seq: entry.seq };
  }

  private async row(id: string, aside: boolean, { command, attempts, why }: Inside): Promise<Row> {
    const bytes = new TextEncoder().encode(JSON.stringify({ command, attempts, why }));
    return { id, user: this.user, aside, sealed: await seal(await this.ownKey(), bytes, this.about(id, "")) };
  }

  private async photoRow(entry: string, name: string, bytes: ArrayBuffer) {
    return { entry, sha256: name, sealed: await seal(await this.ownKey(), bytes, this.about(entry, name)) };
  }

  private async entry({ seq, id, aside, sealed }: Row): Promise<Entry | null> {
    try {
      const bytes = await unseal(await this.ownKey(), sealed, this.about(id, ""));
      return { seq: seq ?? 0, id, aside, ...(JSON.parse(new TextDecoder().decode(bytes)) as Inside) };
    } catch {
      return null;
    }
  }

  private ownKey(): Promise<CryptoKey> {
    this.key ??= keyOf(this.user);
    return this.key;
  }

  private about(id: string, name: string): string {
    return [this.user, id, name].join("\n");
  }
}

export function newId(): string {
  return uuid7(Date.now());
}

/** Return files by their SHA-256: the same photo twice is one. */
export async function named(files: readonly ArrayBuffer[]): Promise<Map<string, ArrayBuffer>> {
  const found = new Map<string, ArrayBuffer>();
  for (const each of files) found.set(await sha256(each), each);
  return found;
}
