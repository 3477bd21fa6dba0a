/** One request of the API, and what its answer means for who waits. */

export type Outcome =
  | { kind: "done"; answer: Record<string, unknown> }
  | { kind: "later"; why: string } // the network or the server is not well: the same again will do
  | { kind: "sign-in" }
  | { kind: "refused"; why: string; code: string };

const PATIENCE_MS = 60_000; // of one request; a chunk of a photo takes half of it on the slowest networks
const AGAIN = new Set([408, 425, 429]);

/** sender: who the command belongs to; the server takes it from nobody else. */
export async function ask(method: string, path: string, sender: string, more: RequestInit = {}): Promise<Outcome> {
  const headers = new Headers(more.headers);
  headers.set("X-CSRFToken", cookie("csrftoken"));
  headers.set("Sender", sender);
  headers.set("Device-Time", new Date().toISOString());
  headers.set("Accept", "application/json");
  try {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    return await meaning(await fetch(path, { ...more, method, headers, signal: patience, redirect: "error" }));
  } catch (error) {
    return { kind: "later", why: String(error) };
  }
}

/** An answer that is no JSON comes from something on the way (a captive portal), not from our server. */
async function meaning(response: Response): Promise<Outcome> {
  const isOurs = /^application\/(problem\+)?json/.test(response.headers.get("Content-Type") ?? "");
  if (!isOurs || response.status >= 500 || AGAIN.has(response.status)) return { kind: "later", why: String(response.status) };
  const answer = (await response.json()) as Record<string, unknown>;
  if (response.ok) return { kind: "done", answer };
  if (response.status === 401) return { kind: "sign-in" };
  return { kind: "refused", why: String(answer.detail ?? response.status), code: String(answer.code ?? "") };
}

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}
