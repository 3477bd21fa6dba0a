/** Photos go first, in pieces: what arrived before a tunnel is not sent again after it. */
import { ask, type Outcome } from "./requests";

const PIECE_BYTES = 256 * 1024;
const DONE: Outcome = { kind: "done", answer: {} };

/** Send a photo from where the server has it; nothing when it has it whole. */
export async function upload(name: string, bytes: ArrayBuffer, sender: string): Promise<Outcome> {
  const path = `/api/v1/uploads/${name}`;
  let outcome = await ask("GET", path, sender);
  while (outcome.kind === "done" && outcome.answer.whole !== true) {
    outcome = await piece(path, bytes, Number(outcome.answer.offset), sender);
  }
  return outcome.kind === "done" ? DONE : outcome;
}

function piece(path: string, bytes: ArrayBuffer, from: number, sender: string): Promise<Outcome> {
  const to = Math.min(from + PIECE_BYTES, bytes.byteLength);
  const headers = {
    "Content-Type": "application/octet-stream",
    "Content-Range": `bytes ${from}-${to - 1}/${bytes.byteLength}`,
  };
  return ask("PUT", path, sender, { headers, body: bytes.slice(from, to) });
}
