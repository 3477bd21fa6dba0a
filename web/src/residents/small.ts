/** Small things of the pages of residents. */
import { hold, shrunk } from "./photos";

/** /mine/#NUMBER.CODE, as the QR code of a receipt has it, fills the form; what stands behind the # is taken away at once. */
export function openByCode(): void {
  const form = document.getElementById("open-receipt");
  const said = /^#([\w-]{1,40})\.([A-Za-z0-9]{16})$/.exec(location.hash);
  if (!(form instanceof HTMLFormElement) || said === null) return;
  history.replaceState(null, "", location.pathname);
  (form.elements.namedItem("number") as HTMLInputElement).value = said[1] ?? "";
  (form.elements.namedItem("code") as HTMLInputElement).value = said[2] ?? "";
  form.submit();
}

export function printButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

/** Inputs of photos that need no preview: what is chosen is made smaller. */
export function shrinkInputs(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[type=file][data-shrink]")) {
    input.addEventListener("change", () => {
      void (async () => {
        const side = Number(input.dataset.shrink);
        hold(input, await Promise.all([...(input.files ?? [])].slice(0, 3).map((file) => shrunk(file, side))));
      })();
    });
  }
}
