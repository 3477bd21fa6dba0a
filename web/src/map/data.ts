/** What the map draws, as it comes from the server. */

import type { Feature, FeatureCollection, Geometry, Point, Position } from "geojson";

export interface AreaProperties {
  code: string;
  name: string;
  level: string;
  label: Position; // a point inside
}
export interface PointProperties {
  id: string | number;
  tone?: string;
  label?: string;
  href?: string;
}
export type Areas = FeatureCollection<Geometry, AreaProperties>;
export type Points = FeatureCollection<Point, PointProperties>;
export type Box = [number, number, number, number]; // west, south, east, north

export function nothing<G extends Geometry, P>(): FeatureCollection<G, P> {
  return { type: "FeatureCollection", features: [] };
}

/** Fetch GeoJSON of our own site; the browser's cache asks with the ETag it has. */
export async function fetched<T extends FeatureCollection>(address: string): Promise<T> {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return (await answer.json()) as T;
}

export function box(features: Feature[]): Box | null {
  const found: Box = [Infinity, Infinity, -Infinity, -Infinity];
  const widen = (at: unknown): void => {
    if (!Array.isArray(at)) return;
    const [lng, lat] = at as unknown[];
    if (typeof lng !== "number" || typeof lat !== "number") {
      for (const each of at) widen(each);
      return;
    }
    found[0] = Math.min(found[0], lng);
    found[1] = Math.min(found[1], lat);
    found[2] = Math.max(found[2], lng);
    found[3] = Math.max(found[3], lat);
  };
  for (const each of features) if ("coordinates" in each.geometry) widen(each.geometry.coordinates);
  return found[0] === Infinity ? null : found;
}
