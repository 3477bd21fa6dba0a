/**
 * The service worker of /grid/: pages from the network, else as last seen; what they are made of from the cache of
 * this build. It imports nothing, so that every browser with service workers can run it. What it keeps stands before
 * it in `/grid/sw.js` (src/huying/patrol/offline.py). Commands are not its business: web/src/grid/sending.ts.
 */
type Facts = { version: string; shell: string[]; fallback: string };
type Lasting = Event & { waitUntil(work: Promise<unknown>): void };
type Asked = Lasting & { request: Request; respondWith(answer: Promise<Response>): void };
type Said = Lasting & { data: { kind: "take-over" } | { kind: "keep"; pages: string[] } | { kind: "forget" } };

const worker = self as unknown as {
  KEPT: Facts;
  registration: { scope: string };
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(kind: "install" | "activate", act: (event: Lasting) => void): void;
  addEventListener(kind: "fetch", act: (event: Asked) => void): void;
  addEventListener(kind: "message", act: (event: Said) => void): void;
};
const { version, shell, fallback } = worker.KEPT;

const PAGES = "grid-pages";
const SHELL = `grid-shell-${version}`;
const OWNER = "/grid/owner"; // in PAGES: whose pages they are
const PATIENCE_MS = 5_000; // how long a page may take before the kept one is shown
let keeping: Promise<void> = Promise.resolve();
const scope = new URL(worker.registration.scope).pathname;

worker.addEventListener("install", (event) => event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(fresh(shell)))));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("message", (event) => {
  const said = event.data;
  if (said.kind === "take-over") event.waitUntil(worker.skipWaiting());
  if (said.kind === "keep") event.waitUntil(keepAll(said.pages));
  if (said.kind === "forget") event.waitUntil(caches.delete(PAGES));
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate" && address.pathname.startsWith(scope)) event.respondWith(page(request));
  else if (address.pathname.startsWith("/static/")) event.respondWith(piece(request));
});

/** Not from the browser's own cache: that may hold a piece of the build before. */
function fresh(addresses: readonly string[]): Request[] {
  return addresses.map((each) => new Request(each, { cache: "reload" }));
}

async function takeOver(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("grid-shell-") && name !== SHELL).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function piece(request: Request): Promise<Response> {
  const cache = await caches.open(SHELL);
  const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.status === 200) await cache.put(request, answer.clone());
  return answer;
}

async function page(request: Request): Promise<Response> {
  const asked = fetch(request);
  const timely = new Promise<null>((done) => setTimeout(() => done(null), PATIENCE_MS));
  try {
    const answer = await Promise.race([asked, timely]);
    if (answer !== null && answer.status < 500) return answer;
  } catch {
    return (await keptPage(request)) ?? Response.error();
  }
  return (await keptPage(request)) ?? asked;
}

/** One page after another, also when two tabs ask: else one could forget what the other has just kept. */
function keepAll(pages: readonly string[]): Promise<void> {
  for (const each of pages) keeping = keeping.then(() => keepPage(new Request(each))).catch(() => undefined);
  return keeping;
}

/** Fetch a page and keep it for when there is no network; pages of another person are forgotten first. */
async function keepPage(request: Request): Promise<void> {
  const answer = await fetch(request, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected || !(answer.headers.get("Content-Type") ?? "").startsWith("text/html")) return;
  const text = await answer.text();
  const owner = /data-sender="([^"]*)"/.exec(text)?.[1] ?? "";
  if ((await ownerOfPages()) !== owner) await caches.delete(PAGES);
  const cache = await caches.open(PAGES);
  await cache.put(OWNER, new Response(owner));
  const stamped = text.replace("<html ", `<html data-kept-at="${new Date().toISOString()}" `);
  await cache.put(request, new Response(stamped, { headers: answer.headers }));
}

async function ownerOfPages(): Promise<string> {
  const kept = await caches.match(OWNER, { cacheName: PAGES });
  return kept === undefined ? "" : kept.text();
}

async function keptPage(request: Request): Promise<Response | undefined> {
  const here = { cacheName: PAGES, ignoreVary: true }; // kept for one person, in the language he had then
  return (
    (await caches.match(request, here)) ??
    (await caches.match(request, { ...here, ignoreSearch: true })) ??
    (await caches.match(fallback, here))
  );
}

export {};
