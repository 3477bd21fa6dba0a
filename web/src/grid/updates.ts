/** Registers the service worker, has it keep pages, and asks before a new build takes over. */

/** pages: addresses that must open without a network. */
export function watchUpdates(worker: string, pages: readonly string[]): void {
  if (!("serviceWorker" in navigator)) return;
  let isOurs = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (isOurs) location.reload();
  });
  document.getElementById("update")?.addEventListener("click", () => {
    isOurs = true;
    void navigator.serviceWorker.getRegistration().then((found) => found?.waiting?.postMessage({ kind: "take-over" }));
  });
  void register(worker, pages);
}

async function register(worker: string, pages: readonly string[]): Promise<void> {
  const registration = await navigator.serviceWorker.register(worker, { updateViaCache: "none" });
  const offer = (): void => {
    const shown = document.getElementById("notice-update");
    if (shown !== null && registration.waiting !== null && navigator.serviceWorker.controller !== null) shown.hidden = false;
  };
  offer();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  const ready = await navigator.serviceWorker.ready;
  const isFromNetwork = document.documentElement.dataset.keptAt === undefined;
  if (navigator.onLine && isFromNetwork) ready.active?.postMessage({ kind: "keep", pages: [...new Set([location.pathname, ...pages])] });
}
