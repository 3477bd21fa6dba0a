/**
 * What happens, as it happens: one stream for all pages of a browser, and every five seconds a hint to ask the
 * server where there is none. Pages call `live`, or listen on document to "huying:step" and "huying:gap".
 */

export interface Step {
  number: string;
  verb: string;
  state: string; // "gone": the case left what this person may see
  area_code: string;
  urgent: boolean;
  at: string;
}

/** What pages of one browser tell each other; only the one that leads holds a stream. */
type Note = { kind: "step"; step: Step } | { kind: "gap" } | { kind: "here"; streams: boolean } | { kind: "who" };

type Standing = "stream" | "poll" | "lost";

const POLL_MS = 5_000;
const BACK_OFF_MS = [1_000, 2_000, 5_000, 10_000];
const SILENT_MS = 40_000; // a beat comes every 15 seconds
const LEADER = "huying-live";

let standing: Standing | undefined;
let streams = false;

/** Call `on` for each step, and `gap` when steps may be missing: then fetch anew. */
export function live(on: (step: Step) => void, gap: () => void): void {
  document.addEventListener("huying:step", (event) => on((event as CustomEvent<Step>).detail));
  document.addEventListener("huying:gap", () => gap());
}

/** Begin to follow, on pages that say where: <meta name="live" content="address, or nothing">. */
export function follow(): void {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="live"]');
  if (meta === null) return;
  show("poll");
  keepAsking();
  if (meta.content === "") return;
  const others = new BroadcastChannel(LEADER);
  others.onmessage = (message: MessageEvent<Note>) => hear(message.data, others);
  others.postMessage({ kind: "who" } satisfies Note);
  const lead = () => new Stream(meta.content, others).open();
  // Without a lock (an address that is neither https nor this machine) each page has a stream of its own.
  if (navigator.locks === undefined) lead();
  else void navigator.locks.request(LEADER, () => (lead(), new Promise<never>(() => undefined)));
}

function hear(note: Note, others: BroadcastChannel): void {
  if (note.kind === "step") dispatch("huying:step", note.step);
  else if (note.kind === "gap") dispatch("huying:gap");
  else if (note.kind === "here") {
    if (note.streams && !streams) dispatch("huying:gap"); // what happened before is not known
    stand(note.streams);
  }
  else if (leading) others.postMessage({ kind: "here", streams } satisfies Note);
}

let leading = false;

/** The stream comes or goes. */
function stand(hasStream: boolean): void {
  streams = hasStream;
  show(streams ? "stream" : standing === "lost" ? "lost" : "poll");
}

function dispatch(name: "huying:step" | "huying:gap", detail?: Step): void {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

class Stream {
  private position = "";
  private failures = 0;
  private silence = 0;

  constructor(
    private readonly address: string,
    private readonly others: BroadcastChannel,
  ) {
    leading = true;
  }

  open(): void {
    const address = new URL(this.address, location.href);
    if (this.position !== "") address.searchParams.set("after", this.position);
    const source = new EventSource(address, { withCredentials: true });
    const heard = (event: MessageEvent<string>) => {
      if (event.lastEventId !== "") this.position = event.lastEventId;
      this.failures = 0;
      this.listen(source);
      this.tell(true);
    };
    source.addEventListener("beat", heard);
    // A stream that begins (also one that another page had held before) or lacks steps: everybody fetches anew.
    for (const name of ["hello", "gap"])
      source.addEventListener(name, (event: MessageEvent<string>) => {
        heard(event);
        this.pass({ kind: "gap" });
      });
    source.addEventListener("step", (event: MessageEvent<string>) => {
      heard(event);
      this.pass({ kind: "step", step: JSON.parse(event.data) as Step });
    });
    source.onerror = () => this.again(source);
    this.listen(source);
  }

  /** A connection may die without a word: so do we when it keeps silent. */
  private listen(source: EventSource): void {
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => this.again(source), SILENT_MS);
  }

  private again(source: EventSource): void {
    clearTimeout(this.silence);
    source.close();
    this.tell(false);
    const wait = BACK_OFF_MS[Math.min(this.failures++, BACK_OFF_MS.length - 1)] ?? POLL_MS;
    setTimeout(() => this.open(), wait * (0.5 + Math.random()));
  }

  private tell(hasStream: boolean): void {
    if (streams !== hasStream) this.others.postMessage({ kind: "here", streams: hasStream } satisfies Note);
    stand(hasStream);
  }

  private pass(note: Note): void {
    this.others.postMessage(note);
    hear(note, this.others);
  }
}

/** While there is no stream: see every five seconds whether the server answers, and hint to ask it. */
function keepAsking(): void {
  let asks = false;
  const ask = async () => {
    if (streams || document.hidden || asks) return;
    asks = true;
    const answers = await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
    asks = false;
    if (streams) return;
    show(answers ? "poll" : "lost");
    if (answers) dispatch("huying:gap");
  };
  setInterval(() => void ask(), POLL_MS);
  document.addEventListener("visibilitychange", () => void ask());
  window.addEventListener("online", () => void ask());
  window.addEventListener("offline", () => !streams && show("lost"));
}

/** Say in words how fresh the page is. */
function show(now: Standing): void {
  standing = now;
  const sign = document.getElementById("live-sign");
  if (sign === null || sign.dataset.now === now) return;
  sign.dataset.now = now;
  sign.hidden = false;
  const word = sign.querySelector(".live-word");
  if (word !== null) word.textContent = sign.dataset[now] ?? "";
}
