/** Where it is: the phone's position. */

export function here(): Promise<GeolocationPosition> {
  return new Promise((done, failed) => {
    if (!("geolocation" in navigator)) {
      failed(new Error("no geolocation"));
      return;
    }
    navigator.geolocation.getCurrentPosition(done, failed, { enableHighAccuracy: true, timeout: 12_000 });
  });
}

export function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement;
}

/** Set the point of a form, in degrees with the seven digits that mean a centimetre; null takes it away. */
export function setPoint(form: HTMLFormElement, point: { lng: number; lat: number } | null): void {
  field(form, "lng").value = point === null ? "" : point.lng.toFixed(7);
  field(form, "lat").value = point === null ? "" : point.lat.toFixed(7);
}
