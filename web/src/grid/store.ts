/** What the phone keeps: for each user a key, his commands in the order made, and their photos. All but the order is sealed. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

export type Sealed = { iv: Uint8Array<ArrayBuffer>; bytes: ArrayBuffer };

/** seq gives the order, also among tabs: the database counts. */
export type Row = { seq?: number; id: string; user: string; aside: boolean; sealed: Sealed };

export type PhotoRow = { entry: string; sha256: string; sealed: Sealed };

export interface Kept extends DBSchema {
  keys: { key: string; value: CryptoKey };
  entries: { key: number; value: Row; indexes: { user: string } };
  photos: { key: [string, string]; value: PhotoRow; indexes: { entry: string } };
}

export const NAME = "huying-grid";
const VERSION = 1;

let opened: Promise<IDBPDatabase<Kept>> | null = null;

export function store(): Promise<IDBPDatabase<Kept>> {
  opened ??= openDB<Kept>(NAME, VERSION, {
    upgrade(made) {
      made.createObjectStore("keys");
      made.createObjectStore("entries", { keyPath: "seq", autoIncrement: true }).createIndex("user", "user");
      made.createObjectStore("photos", { keyPath: ["entry", "sha256"] }).createIndex("entry", "entry");
    },
    blocking(_was, _wanted, event) {
      (event.target as IDBDatabase).close(); // a newer page waits: this one opens it again when needed
      opened = null;
    },
    terminated() {
      opened = null;
    },
  });
  return opened;
}
