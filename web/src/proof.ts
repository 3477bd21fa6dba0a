/**
 * Checks a proof (c2sp.org/tlog-proof@v1) with nothing but this browser: RFC 6962 path, C2SP signed note and
 * checkpoint, Ed25519. The rules are those of ledger/policy; tests/browser/test_verify.py compares both.
 */

/** Why a proof does not hold; the page has the words (cases/verifying.py). about: the name or the part it speaks of. */
export class Unproven extends Error {
  constructor(
    readonly code: string,
    readonly about = "",
  ) {
    super(code);
  }
}

export interface Key {
  name: string;
  id: Uint8Array;
  kind: number;
  value: Uint8Array<ArrayBuffer>;
}

export interface Seen {
  name: string;
  at: Date | null; // moment of a witness's cosignature
  isVerified: boolean; // false: no key was given for it
}

export interface Shown {
  leaf: Record<string, string | number>;
  index: bigint;
  size: bigint;
  origin: string;
  hashes: number;
  witnesses: Seen[];
}

export type Step = "file" | "path" | "signature";

const HEADER = "c2sp.org/tlog-proof@v1";
const LOG_KEY = 0x01;
const WITNESS_KEY = 0x04;
const KINDS = [LOG_KEY, WITNESS_KEY];
const encoder = new TextEncoder();

interface Signature {
  name: string;
  id: Uint8Array;
  bytes: Uint8Array<ArrayBuffer>;
}

interface Note {
  text: string;
  signatures: Signature[];
}

interface Proof {
  index: bigint;
  hashes: Uint8Array<ArrayBuffer>[];
  leaf: Uint8Array<ArrayBuffer>;
  note: Note;
}

/** Check everything; `done` is told each step that holds. Throws Unproven with the reason at the first that does not. */
export async function check(file: string, keys: Key[], done: (step: Step) => void): Promise<Shown> {
  const [log, ...witnesses] = keys;
  if (!log || log.kind !== LOG_KEY) throw new Unproven("no_log_key");
  if (witnesses.some((key) => key.kind !== WITNESS_KEY)) throw new Unproven("not_a_witness");
  const proof = parseProof(file);
  const checkpoint = parseCheckpoint(proof.note.text);
  const leaf = parseLeaf(proof.leaf);
  done("file");
  const found = await climbed(proof, checkpoint.size);
  if (!same(found, checkpoint.root)) throw new Unproven("other_root");
  done("path");
  if (checkpoint.origin !== log.name) throw new Unproven("other_log", checkpoint.origin);
  await requireSigned(proof.note, log);
  const seen = await cosigned(proof.note, log, witnesses);
  done("signature");
  return {
    leaf,
    index: proof.index,
    size: checkpoint.size,
    origin: checkpoint.origin,
    hashes: proof.hashes.length,
    witnesses: seen,
  };
}

/** Read "name+id+base64" lines, one a line. Throws Unproven. */
export async function readKeys(text: string): Promise<Key[]> {
  // Browsers hide it from pages that came over plain http, where anybody on the way could have changed them.
  if (!globalThis.crypto?.subtle) throw new Unproven("no_crypto");
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return Promise.all(lines.map(readKey));
}

async function readKey(line: string): Promise<Key> {
  const [name, id, rest] = split(line, "+");
  const bytes = fromBase64(rest, "key");
  const kind = bytes[0] ?? 0;
  const value = bytes.slice(1);
  if (!KINDS.includes(kind) || value.length !== 32) throw new Unproven("not_ed25519");
  const expected = (await sha256(encoder.encode(`${name}\n`), bytes)).slice(0, 4);
  if (hex(expected) !== id) throw new Unproven("key_mismatch");
  return { name, id: expected, kind, value };
}

/** Split "name+id+key": a name may hold no plus, a base64 key may. */
function split(line: string, mark: string): [string, string, string] {
  const first = line.indexOf(mark);
  const second = line.indexOf(mark, first + 1);
  if (first < 1 || second < 0) throw new Unproven("key_form");
  return [line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1)];
}

function parseProof(file: string): Proof {
  const end = file.indexOf("\n\n");
  const lines = file.slice(0, Math.max(end, 0)).split("\n");
  if (end < 0 || lines.shift() !== HEADER) throw new Unproven("not_a_proof");
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift()!.slice(6), "entry") : null;
  const index = lines.shift();
  if (!extra) throw new Unproven("no_entry");
  if (!index?.startsWith("index ")) throw new Unproven("no_index");
  if (lines.length > 63) throw new Unproven("path_too_long");
  const hashes = lines.map((line) => fromBase64(line, "hash", 32));
  return { index: toNumber(index.slice(6)), hashes, leaf: extra, note: parseNote(file.slice(end + 2)) };
}

function parseNote(note: string): Note {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) throw new Unproven("torn_checkpoint");
  const lines = note.slice(end + 2, -1).split("\n");
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): Signature {
  const [dash, name, value, ...more] = line.split(" ");
  if (dash !== "—" || !name || !value || more.length) throw new Unproven("torn_signature");
  const bytes = fromBase64(value, "signature");
  if (bytes.length < 5) throw new Unproven("torn_signature");
  return { name, id: bytes.slice(0, 4), bytes: bytes.slice(4) };
}

function parseCheckpoint(text: string): { origin: string; size: bigint; root: Uint8Array } {
  const [origin, size, root] = text.split("\n");
  if (!origin || !size || !root) throw new Unproven("torn_checkpoint");
  return { origin, size: toNumber(size), root: fromBase64(root, "root", 32) };
}

function parseLeaf(bytes: Uint8Array): Record<string, string | number> {
  try {
    const leaf: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof leaf === "object" && leaf !== null) return leaf as Record<string, string | number>;
  } catch {
    // answered below
  }
  throw new Unproven("unreadable_entry");
}

/** Return the root the leaf's path leads to. Source: RFC 9162 §2.1.3.2. */
async function climbed(proof: Proof, size: bigint): Promise<Uint8Array> {
  if (proof.index >= size) throw new Unproven("index_beyond");
  let [here, last] = [proof.index, size - 1n];
  let hash = await sha256(Uint8Array.of(0), proof.leaf);
  for (const sibling of proof.hashes) {
    if (last === 0n) throw new Unproven("path_too_long");
    const isRight = (here & 1n) === 1n || here === last;
    hash = await (isRight ? sha256(Uint8Array.of(1), sibling, hash) : sha256(Uint8Array.of(1), hash, sibling));
    if (isRight) while ((here & 1n) === 0n && here !== 0n) [here, last] = [here >> 1n, last >> 1n];
    [here, last] = [here >> 1n, last >> 1n];
  }
  if (last !== 0n) throw new Unproven("path_too_short");
  return hash;
}

async function requireSigned(note: Note, key: Key): Promise<void> {
  const own = note.signatures.filter((each) => each.name === key.name && same(each.id, key.id));
  if (own.length !== 1) throw new Unproven("not_signed");
  if (!(await isSigned(key, own[0]!.bytes, encoder.encode(note.text)))) throw new Unproven("false_signature");
}

/** Check the cosignatures whose keys are known; name the others. Throws Unproven when one of the known is false. */
async function cosigned(note: Note, log: Key, keys: Key[]): Promise<Seen[]> {
  const others = note.signatures.filter((each) => !(each.name === log.name && same(each.id, log.id)));
  return Promise.all(others.map((each) => cosignature(note.text, each, keys)));
}

async function cosignature(text: string, signature: Signature, keys: Key[]): Promise<Seen> {
  const key = keys.find((each) => each.name === signature.name && same(each.id, signature.id));
  const isTimed = signature.bytes.length === 72;
  const seconds = isTimed ? new DataView(signature.bytes.buffer).getBigUint64(0) : 0n;
  const at = isTimed ? new Date(Number(seconds) * 1000) : null;
  if (!key) return { name: signature.name, at, isVerified: false };
  const said = encoder.encode(`cosignature/v1\ntime ${seconds}\n${text}`);
  if (!isTimed || !(await isSigned(key, signature.bytes.slice(8), said))) {
    throw new Unproven("false_witness", signature.name);
  }
  return { name: signature.name, at, isVerified: true };
}

async function isSigned(key: Key, signature: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const known = await crypto.subtle.importKey("raw", key.value, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", known, signature, message);
}

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

function fromBase64(text: string, what: string, length?: number): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  } catch {
    throw new Unproven("not_base64", what);
  }
  if (btoa(String.fromCharCode(...bytes)) !== text) throw new Unproven("not_base64", what);
  if (length !== undefined && bytes.length !== length) throw new Unproven("wrong_length", what);
  return bytes;
}

function toNumber(text: string): bigint {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text)) throw new Unproven("not_a_number");
  return BigInt(text);
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return hex(one) === hex(other);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
}
