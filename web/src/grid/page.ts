/** Every page of the grid: what waits, whether there is a network, when to send, which pages to keep. */
import { type Told, takeForms } from "./forms";
import { Listing, moment, said } from "./listing";
import { onChange, Outbox } from "./outbox";
import { type News, Sender } from "./sending";
import { watchUpdates } from "./updates";

export function gridPage(): void {
  const grid = document.getElementById("grid");
  const user = grid?.dataset.sender ?? "";
  if (grid === null || user === "") return;
  const outbox = new Outbox(user);
  const sender = new Sender(outbox, (news) => tell(news));
  const listing = new Listing(outbox, sender);

  const tell = (news: News): void => {
    listing.tell(news);
    notice("notice-sign-in", news.kind === "sign-in");
    if (news.kind === "sent") kept(news.number === "" ? "sent" : "filed", news.number);
  };
  const refresh = atOnce(async () => {
    const { waiting, aside } = await outbox.count();
    count(waiting + aside);
    notice("notice-aside", aside > 0 && document.getElementById("outbox") === null, aside);
    await listing.show();
  });

  takeForms(outbox, sender, (told) => kept(told, ""));
  onChange(() => void refresh());
  watchNetwork(() => void sender.now());
  watchUpdates(grid.dataset.worker ?? "", (grid.dataset.pages ?? "").split(" "));
  void refresh().then(() => sender.now());
}

/** Return what runs `act` once more when it was asked for while it ran, however often. */
function atOnce(act: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let isAsked = false;
  const run = async (): Promise<void> => {
    try {
      while (isAsked) {
        isAsked = false;
        await act();
      }
    } finally {
      running = null;
    }
  };
  return () => {
    isAsked = true;
    running ??= run();
    return running;
  };
}

function count(number: number): void {
  const link = document.getElementById("waiting");
  const shown = link?.querySelector<HTMLElement>(".waiting-count");
  const words = document.getElementById("waiting-words");
  if (link === null || !shown || words === null) return;
  shown.textContent = String(number);
  shown.hidden = number === 0;
  words.textContent = number > 0 ? said(link.dataset.some, "n", number) : (link.dataset.none ?? "");
  link.classList.toggle("is-waiting", number > 0);
}

function notice(id: string, isShown: boolean, number?: number): void {
  const shown = document.getElementById(id);
  if (shown === null) return;
  const words = shown.querySelector<HTMLElement>("[data-some]");
  if (words !== null && number !== undefined) words.textContent = said(words.dataset.some, "n", number);
  shown.hidden = !isShown;
}

function kept(told: Told | "sent" | "filed", number: string): void {
  const shown = document.getElementById("notice-kept");
  if (shown === null) return;
  const isGood = told === "kept" || told === "sent" || told === "filed";
  shown.className = `notice ${isGood ? "notice-good" : "notice-bad"}`;
  shown.textContent = said(shown.dataset[told], "number", number);
  shown.hidden = false;
}

/** Without a network, or with a page from the cache, say so; send when the network or the reader is back. */
function watchNetwork(send: () => void): void {
  const shown = document.getElementById("notice-offline");
  const words = shown?.querySelector<HTMLElement>("[data-since]");
  const keptAt = document.documentElement.dataset.keptAt;
  if (words && keptAt !== undefined) words.textContent = said(words.dataset.since, "at", moment(keptAt));
  const show = (): void => {
    if (shown) shown.hidden = navigator.onLine && keptAt === undefined;
  };
  show();
  addEventListener("offline", show);
  addEventListener("online", () => {
    show();
    send();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send();
  });
}
