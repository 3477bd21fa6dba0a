/** What a phone keeps of somebody goes when he signs out. */
import { Outbox } from "./outbox";
import { store } from "./store";

const PAGES = "grid-pages"; // as in service.ts

/** Return how many commands of somebody have not been sent. */
export async function unsent(user: string): Promise<number> {
  const { waiting, aside } = await new Outbox(user).count();
  return waiting + aside;
}

/** Forget his commands, their photos, his key and the pages he saw. */
export async function forget(user: string): Promise<void> {
  await caches.delete(PAGES);
  const transaction = (await store()).transaction(["entries", "photos", "keys"], "readwrite");
  const [entries, photos] = [transaction.objectStore("entries"), transaction.objectStore("photos")];
  for (let row = await entries.index("user").openCursor(user); row !== null; row = await row.continue()) {
    for (const key of await photos.index("entry").getAllKeys(row.value.id)) await photos.delete(key);
    await row.delete();
  }
  await transaction.objectStore("keys").delete(user);
  await transaction.done;
}
