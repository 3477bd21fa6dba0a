/** Who names a caller reports by phone: a form that waits on the phone says so, as the server says it of a plain one. */
export function sayForWhom(): void {
  document.addEventListener("input", ({ target }) => {
    const part = target instanceof HTMLElement ? target.closest<HTMLElement>("[data-caller]") : null;
    const channel = part?.querySelector<HTMLInputElement>("input[name='channel']");
    if (!part || !channel) return;
    const said = [...part.querySelectorAll<HTMLInputElement>("input:not([name='channel'])")];
    const named = said.some((each) => (each.type === "checkbox" ? each.checked : each.value.trim() !== ""));
    channel.value = named ? (part.dataset.caller ?? "") : "";
  });
}
