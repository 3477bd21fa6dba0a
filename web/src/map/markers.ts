/** What stands on the map as HTML: names of areas, the pin somebody drags, the ring of what is new. */

import type { Map as Drawing, Marker } from "maplibre-gl";
import type { Areas } from "./data";

type Make = typeof Marker;
export interface Named {
  code: string;
  level: string;
  element: HTMLElement;
  marker: Marker;
}

const STEP_PX = 10; // an arrow key moves the pin so far; with Shift ten times
const ARROWS: Record<string, [number, number]> = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const COMMUNITIES_FROM = 12.5; // zoom at which the names of a level have room
const GRIDS_FROM = 14.8;

/** Write the name of each community and grid; `thin` puts on the map those that have room. */
export function name(Make: Make, areas: Areas): Named[] {
  return areas.features
    .filter(({ properties }) => properties.level === "community" || properties.level === "grid")
    .map(({ properties }) => {
      const element = document.createElement("div");
      element.className = `street-map-name is-${properties.level}`;
      element.dataset.code = properties.code;
      const text = document.createElement("span");
      text.textContent = properties.name;
      const count = document.createElement("b");
      element.append(text, count);
      const [lng, lat] = properties.label;
      const marker = new Make({ element, opacityWhenCovered: "1" }).setLngLat([lng ?? 0, lat ?? 0]);
      return { code: properties.code, level: properties.level, element, marker };
    });
}

/** Only what is on the map is moved with it: two hundred names nobody sees would cost as much as the buildings. */
export function thin(map: Drawing, named: readonly Named[]): void {
  const zoom = map.getZoom();
  for (const { level, element, marker } of named) {
    const hasRoom = zoom >= (level === "grid" ? GRIDS_FROM : COMMUNITIES_FROM);
    if (hasRoom === element.isConnected) continue;
    if (hasRoom) marker.addTo(map);
    else marker.remove();
  }
}

/** A pin to drag, or to move with the arrow keys. */
export function pin(Make: Make, map: Drawing, label: string, moved: (lng: number, lat: number) => void): Marker {
  const element = document.createElement("div");
  element.className = "street-map-pin";
  element.tabIndex = 0;
  element.setAttribute("role", "slider");
  element.setAttribute("aria-label", label);
  const marker = new Make({ element, draggable: true, anchor: "bottom" });
  const tell = () => {
    const { lng, lat } = marker.getLngLat();
    const said = `${lng.toFixed(5)}, ${lat.toFixed(5)}`;
    element.setAttribute("aria-valuenow", lng.toFixed(5));
    element.setAttribute("aria-valuetext", said);
    moved(lng, lat);
  };
  marker.on("dragend", tell);
  element.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (way === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const at = map.project(marker.getLngLat());
    const step = event.shiftKey ? STEP_PX * 10 : STEP_PX;
    marker.setLngLat(map.unproject([at.x + way[0] * step, at.y + way[1] * step]));
    tell();
  });
  return marker;
}

/** Ring a place for a while; with reduced motion the ring stands still. */
export function ring(Make: Make, map: Drawing, at: [number, number], tone: string, forMs: number): void {
  const element = document.createElement("div");
  element.className = `street-map-ring tone-${tone}`;
  const marker = new Make({ element }).setLngLat(at).addTo(map);
  setTimeout(() => marker.remove(), forMs);
}
