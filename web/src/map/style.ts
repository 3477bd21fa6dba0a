/** Sources and layers: ground, areas, buildings, points. No tiles, no glyphs: names are HTML markers. */

import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { TONES, type Palette } from "./tokens";

export const METRES_A_FLOOR = 3;
export const FLOORS_UNKNOWN = 2;

const GRID: ExpressionSpecification = ["==", ["get", "level"], "grid"];
const COMMUNITY: ExpressionSpecification = ["==", ["get", "level"], "community"];
const STREET: ExpressionSpecification = ["==", ["get", "level"], "street"];
const HEIGHT: ExpressionSpecification = ["*", METRES_A_FLOOR, ["coalesce", ["get", "floors"], FLOORS_UNKNOWN]];

function toned(from: ExpressionSpecification, colours: Palette, otherwise: string): ExpressionSpecification {
  const pairs = TONES.flatMap((tone) => [tone, colours.tones[tone]]);
  return ["match", from, ...pairs, otherwise] as unknown as ExpressionSpecification;
}

function buildings(colours: Palette, flat: boolean): LayerSpecification[] {
  const shape: ExpressionSpecification = ["==", ["geometry-type"], "Polygon"];
  const colour = colours.dark ? "#3d5a60" : "#d3dcdc";
  const solid: LayerSpecification = flat
    ? { id: "buildings", type: "fill", source: "buildings", filter: shape, paint: { "fill-color": colour } }
    : {
        id: "buildings",
        type: "fill-extrusion",
        source: "buildings",
        filter: shape,
        paint: {
          "fill-extrusion-color": ["interpolate", ["linear"], HEIGHT, 6, colour, 60, colours.dark ? "#6f99a0" : "#eef3f3"],
          "fill-extrusion-height": HEIGHT,
          "fill-extrusion-opacity": 1, // anything less is drawn twice
          "fill-extrusion-vertical-gradient": true,
        },
      };
  const dots: LayerSpecification = {
    id: "building-dots", // a building whose outline nobody has drawn
    type: "circle",
    source: "buildings",
    filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-radius": 2.5, "circle-color": colour },
  };
  return [solid, dots];
}

function areas(colours: Palette): LayerSpecification[] {
  const nearer = (far: number, near: number): ExpressionSpecification => ["interpolate", ["linear"], ["zoom"], 13.5, far, 15.5, near];
  type Amount = number | ExpressionSpecification;
  const line = (id: string, filter: ExpressionSpecification, width: Amount, opacity: Amount): LayerSpecification => ({
    id,
    type: "line",
    source: "areas",
    filter,
    layout: { "line-join": "round" },
    paint: { "line-color": colours.brand, "line-width": width, "line-opacity": opacity },
  });
  return [
    {
      id: "ground",
      type: "fill",
      source: "areas",
      filter: STREET,
      paint: { "fill-color": colours.surface },
    },
    {
      id: "grids",
      type: "fill",
      source: "areas",
      filter: GRID,
      paint: {
        "fill-color": toned(["coalesce", ["feature-state", "tone"], ""], colours, colours.surface),
        "fill-opacity": ["case", ["==", ["coalesce", ["feature-state", "tone"], ""], ""], 0, colours.dark ? 0.34 : 0.22],
      },
    },
    line("grid-lines", GRID, nearer(0.8, 2.4), nearer(colours.dark ? 0.4 : 0.35, 0.8)),
    line("community-lines", COMMUNITY, 1.8, colours.dark ? 0.8 : 0.6),
    line("street-lines", STREET, 3, 0.9),
  ];
}

function points(colours: Palette): LayerSpecification[] {
  const tone = toned(["coalesce", ["get", "tone"], ""], colours, colours.tones.blue);
  return [
    {
      id: "devices",
      type: "circle",
      source: "devices",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 1.4 * colours.scale, 17, 5 * colours.scale],
        "circle-color": tone,
        "circle-opacity": 0.75,
        "circle-pitch-alignment": "map",
      },
    },
    {
      id: "points",
      type: "circle",
      source: "points",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 4.5 * colours.scale, 17, 9 * colours.scale],
        "circle-color": tone,
        "circle-stroke-color": colours.dark ? "#0b1315" : "#ffffff",
        "circle-stroke-width": 1.5,
      },
    },
  ];
}

export function style(colours: Palette, flat: boolean): StyleSpecification {
  const empty = { type: "geojson" as const, data: { type: "FeatureCollection" as const, features: [] } };
  return {
    version: 8,
    light: { anchor: "viewport", color: "#ffffff", intensity: colours.dark ? 0.35 : 0.3, position: [1.2, 210, 35] },
    sources: {
      areas: { ...empty, promoteId: "code" },
      buildings: empty,
      devices: empty,
      points: { ...empty, promoteId: "id" },
    },
    layers: [
      { id: "background", type: "background", paint: { "background-color": colours.ground } },
      ...areas(colours),
      ...buildings(colours, flat),
      ...points(colours),
    ],
  };
}
