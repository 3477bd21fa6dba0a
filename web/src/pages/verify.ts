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
  const word = (value: unknown): string => words[String(value)] ?? String(value);
  const state = leaf.prev_state ? `${word(leaf.prev_state)} → ${word(leaf.state)}` : word(leaf.state);
  const rows: [string, string][] = [
    ["事项", String(leaf.object).replace(/^case:/, "事件 ")],
    ["做了什么", word(leaf.type)],
    ["何时", new Date(String(leaf.at)).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" })],
    ["状态", state],
    ["经办代号", String(leaf.actor)],
    ["日志", `${shown.origin} 第 ${shown.index + 1n} 条,共 ${shown.size} 条(路径 ${shown.hashes} 步)`],
    ["内容的承诺值", String(leaf.commit)],
  ];
  for (const each of shown.witnesses) {
    const when = each.at ? each.at.toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" }) : "";
    rows.push(["见证单位", `${each.name} ${when}${each.isVerified ? "(签名成立)" : "(未填其公钥,未核)"}`]);
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
      say(`证明有效,但不是事件 ${meant} 的:请看它说的是哪一件。`, false, facts(shown));
    } else {
      say("核验成立:这一步确实记在公布的日志中,没有被改动。", true, facts(shown));
    }
  } catch (error) {
    mark(reached, true);
    say(`核验不成立:${reason(error)}。`, false);
  }
}

function reason(error: unknown): string {
  if (error instanceof Unproven) return error.message;
  if (error instanceof DOMException) return "此浏览器不支持 Ed25519,请换用较新的浏览器";
  console.error(error); // ours to mend; the reader still gets an answer
  return "核验程序出错,请换一种方式核验";
}

async function take(chosen: File | undefined): Promise<void> {
  if (!chosen) return;
  if (chosen.size > 200_000) {
    say("核验不成立:文件过大,不是存证证明文件。", false);
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
  part("proof-number").textContent = wanted() && `要核验的事件:${wanted()}`;
}

window.addEventListener("hashchange", name);
name();
document.body.dataset.ready = "true";
