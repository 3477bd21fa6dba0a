/** The page /verify/: a proof comes in by file, by drop or by paste, and is checked here, without the server. */
import { check, readKeys, Unproven, type Shown, type Step } from "../proof";

const STEPS: Step[] = ["file", "path", "signature"];

function part<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

const file = part<HTMLInputElement>("proof-file");
const text = part<HTMLTextAreaElement>("proof-text");
const keys = part<HTMLTextAreaElement>("proof-keys");
const button = part<HTMLButtonElement>("proof-check");
const drop = part<HTMLElement>("proof-drop");
const answer = part<HTMLElement>("proof-answer");
const words: Record<string, string> = JSON.parse(part("proof-words").textContent ?? "{}");

/** Return a sentence of the page with its facts; what has no word is shown as it is. */
function told(code: string, facts: Record<string, unknown> = {}): string {
  return (words[code] ?? code).replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));
}

function moment(at: Date): string {
  return at.toLocaleString(document.documentElement.lang, { timeZone: "Asia/Shanghai" });
}

/** Mark each step: done, failed at, or not reached. */
function mark(reached: Step[], failed: boolean): void {
  STEPS.forEach((step, nr) => {
    const row = part(`step-${step}`);
    row.dataset.state = reached.includes(step) ? "done" : failed && nr === reached.length ? "failed" : "open";
  });
}

function say(verdict: string, isProven: boolean, facts: [string, string][] = []): void {
  answer.hidden = false;
  answer.dataset.proven = String(isProven);
  answer.className = `alert ${isProven ? "alert-success" : "alert-danger"}`;
  part("proof-verdict").textContent = verdict;
  part("proof-facts").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
}

function element(tag: string, content: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = tag === "dt" ? "col-sm-3" : "col-sm-9 text-break";
  made.textContent = content;
  return made;
}

function facts(shown: Shown): [string, string][] {
  const { leaf } = shown;
  const word = (value: unknown): string => told(String(value));
  const state = leaf.prev_state ? `${word(leaf.prev_state)} → ${word(leaf.state)}` : word(leaf.state);
  const rows: [string, string][] = [
    [told("fact_object"), String(leaf.object).replace(/^case:/, `${told("case")} `)],
    [told("fact_verb"), word(leaf.type)],
    [told("fact_at"), moment(new Date(String(leaf.at)))],
    [told("fact_state"), state],
    [told("fact_actor"), String(leaf.actor)],
    [told("fact_log"), told("place", { origin: shown.origin, index: shown.index + 1n, size: shown.size, hashes: shown.hashes })],
    [told("fact_commitment"), String(leaf.commit)],
  ];
  for (const each of shown.witnesses) {
    const when = each.at ? moment(each.at) : "";
    rows.push([told("fact_witness"), `${each.name} ${when}${told(each.isVerified ? "signed" : "not_checked")}`]);
  }
  return rows;
}

async function run(): Promise<void> {
  const reached: Step[] = [];
  answer.hidden = true; // an older answer must not stand beside a newer proof
  mark([], false);
  try {
    const shown = await check(text.value.replace(/\r\n/g, "\n"), await readKeys(keys.value), (step) => reached.push(step));
    mark(reached, false);
    const meant = wanted();
    if (meant && shown.leaf.object !== `case:${meant}`) {
      say(told("other_case", { number: meant }), false, facts(shown));
    } else {
      say(told("holds"), true, facts(shown));
    }
  } catch (error) {
    mark(reached, true);
    say(told("fails", { reason: reason(error) }), false);
  }
}

function reason(error: unknown): string {
  if (error instanceof Unproven) return told(error.code, { about: told(error.about) });
  if (error instanceof DOMException) return told("old_browser");
  console.error(error); // ours to mend; the reader still gets an answer
  return told("broken");
}

async function take(chosen: File | undefined): Promise<void> {
  if (!chosen) return;
  if (chosen.size > 200_000) {
    say(told("too_large"), false);
    return;
  }
  text.value = await chosen.text();
  await run();
}

file.addEventListener("change", () => void take(file.files?.[0]));
button.addEventListener("click", () => void run());
drop.addEventListener("dragover", (event) => event.preventDefault());
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  void take(event.dataTransfer?.files[0]);
});
/** The case whose receipt was scanned: it stands behind the # of the address, which no server sees. */
function wanted(): string {
  return /^#([\w-]{1,40})$/.exec(location.hash)?.[1] ?? "";
}

function name(): void {
  part("proof-number").textContent = wanted() && told("wanted", { number: wanted() });
}

window.addEventListener("hashchange", name);
name();
document.body.dataset.ready = "true";
