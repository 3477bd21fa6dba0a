/** Signing out also clears what this device keeps for work without a network; asked first when something waits. */

/** Take over forms with data-leaving (whose device it was) and data-ask (the question, with {n}). */
export function clearOnLeaving(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.leaving === undefined || !("caches" in self)) return;
    event.preventDefault();
    void leave(form, form.dataset.leaving);
  });
}

async function leave(form: HTMLFormElement, user: string): Promise<void> {
  try {
    const { forget, unsent } = await import("../grid/leaving");
    const number = await unsent(user);
    if (number > 0 && !confirm((form.dataset.ask ?? "").replace("{n}", String(number)))) return;
    await forget(user);
  } catch (error) {
    console.warn("nothing could be cleared", error); // no storage here: then there is nothing to clear
  }
  form.submit();
}
