/** AES-GCM under a key that never leaves the browser: it cannot be exported, only used, and goes when somebody signs out. */
import { type Sealed, store } from "./store";

const CIPHER = "AES-GCM";
const KEY_BITS = 256;
const IV_BYTES = 12; // NIST SP 800-38D §5.2.1.1

/** Return the key of a user, made at the first use. Two tabs that make one at a time agree on the first kept. */
export async function keyOf(user: string): Promise<CryptoKey> {
  const database = await store();
  const known = await database.get("keys", user);
  if (known !== undefined) return known;
  const made = await crypto.subtle.generateKey({ name: CIPHER, length: KEY_BITS }, false, ["encrypt", "decrypt"]);
  const transaction = database.transaction("keys", "readwrite");
  const quicker = await transaction.store.get(user);
  if (quicker === undefined) await transaction.store.put(made, user);
  await transaction.done;
  return quicker ?? made;
}

/** about: what it belongs to; it opens only for the same. */
export async function seal(key: CryptoKey, bytes: BufferSource, about: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  return { iv, bytes: await crypto.subtle.encrypt(rule(iv, about), key, bytes) };
}

export function unseal(key: CryptoKey, sealed: Sealed, about: string): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt(rule(sealed.iv, about), key, sealed.bytes);
}

function rule(iv: Uint8Array<ArrayBuffer>, about: string): AesGcmParams {
  return { name: CIPHER, iv, additionalData: new TextEncoder().encode(about) };
}
