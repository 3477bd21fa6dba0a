/** A map with data-points shows what stands in the page itself: a line somebody asked for is in no address. */
interface Shows extends HTMLElement {
  setPoints(points: unknown): void;
}

export function showPoints(): void {
  for (const map of document.querySelectorAll<Shows>("street-map[data-points]")) {
    const text = document.getElementById(map.dataset.points ?? "")?.textContent;
    if (!text) continue;
    void customElements.whenDefined("street-map").then(() => map.setPoints(JSON.parse(text)));
  }
}
