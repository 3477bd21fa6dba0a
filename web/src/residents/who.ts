/** /who/: by the phone's position. */
import { here, setPoint } from "./place";

export function whoForm(): void {
  const form = document.getElementById("who");
  const button = document.getElementById("who-locate");
  if (!(form instanceof HTMLFormElement) || button === null) return;
  form.querySelector<HTMLElement>(".place-ways")?.removeAttribute("hidden");
  const said = form.querySelector(".place-said");
  const say = (text: string | undefined) => {
    if (said !== null) said.textContent = text ?? "";
  };
  button.addEventListener("click", () => {
    say(form.dataset.locating);
    here().then(
      ({ coords }) => {
        setPoint(form, { lng: coords.longitude, lat: coords.latitude });
        form.submit();
      },
      () => say(form.dataset.notLocated),
    );
  });
}
