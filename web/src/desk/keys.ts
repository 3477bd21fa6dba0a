/** Everything by keyboard. No key does anything while somebody writes, and each has a button that does the same. */

import type { Pane } from "./pane";
import type { Queue } from "./queue";

const GO_MS = 1_500; // how long "g" waits for its second key

export function hearKeys(queue: Queue, pane: Pane): void {
  const help = document.getElementById("help") as HTMLDialogElement | null;
  const search = document.getElementById("search") as HTMLInputElement | null;
  const opener = document.getElementById("help-open");
  if (opener !== null) opener.hidden = false;
  opener?.addEventListener("click", () => help?.showModal());
  const places: Record<string, string> = { d: "/desk/", r: "/desk/requests/", w: "/desk/duty/", c: "/cases/" };
  let goes = 0;

  const keys: Record<string, () => unknown> = {
    j: () => queue.step(1),
    ArrowDown: () => queue.step(1),
    k: () => queue.step(-1),
    ArrowUp: () => queue.step(-1),
    p: () => pane.take(),
    Enter: () => pane.take(),
    a: () => pane.open("a"),
    d: () => pane.open("d"),
    v: () => pane.open("v"),
    u: () => pane.open("u"),
    m: () => pane.open("m"),
    r: () => {
      if (!pane.open("r")) return;
      const open = pane.element.querySelector<HTMLInputElement>('[data-key="r"] input[type=checkbox]');
      if (open !== null) open.checked = true;
    },
    o: () => {
      const page = pane.article?.dataset.page;
      if (page !== undefined) location.assign(page);
    },
    x: () => queue.tick(false),
    X: () => queue.tick(true),
    g: () => (goes = Date.now()),
    "/": () => search?.focus(),
    "?": () => help?.showModal(),
    Escape: () => pane.close() || queue.back(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help?.open) return;
    const writes = isWriting(event.target);
    if (event.key === "Escape" && writes) {
      (event.target as HTMLElement).blur();
      pane.close();
      queue.current?.querySelector<HTMLElement>("a")?.focus();
      return;
    }
    if (writes || (event.key === "Enter" && !isRow(event.target))) return;
    const place = Date.now() - goes < GO_MS ? places[event.key] : undefined;
    goes = 0;
    const act = place === undefined ? keys[event.key] : () => location.assign(place);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target.isContentEditable || target.matches("textarea, select");
}

/** Enter on a link or a button is theirs; on a row of the queue, or nowhere, it takes the proposal. */
function isRow(target: EventTarget | null): boolean {
  return target === document.body || (target instanceof Element && target.closest(".row-line, main") !== null && target.closest("a:not(.row-main), button, summary") === null);
}
