/** <street-map>: the street as a map. Its children show until (or instead of) the map. */

import type { Map as Drawing, Marker, MapMouseEvent, GeoJSONSource } from "maplibre-gl";
import { box, fetched, nothing, type Areas, type Points } from "./data";
import { name, pin, ring, thin, type Named } from "./markers";
import { style } from "./style";
import { palette, type Tone } from "./tokens";

type Engine = typeof import("./engine");
export interface AreaFigure {
  tone?: Tone | "";
  count?: string;
  title?: string;
}

const AREAS = "/api/v1/map/areas";
const BUILDINGS = "/api/v1/map/buildings";
const PITCH = 42;
const BEARING = -14;
const CLOSER = 0.16; // a leaning map leaves room above and below that a flat one needs
const UPRIGHT = 0.02; // less so where the room is no wider than high: what is near is larger and would be cut off
const WIDE = 1.4; // width to height
const LOWER = 0.045; // of its height: what is far is smaller, so the middle lies higher

const SLOW_RATIO = 0.6; // of the pixels of the screen, each way
const MOVING_RATIO = 0.35; // while the camera moves nobody sees the difference, but a jerk everybody does
const REST_MS = 250; // after the last movement
const RING_MS = 10_000;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** Tell whether there is no graphics card: then the map is drawn with fewer pixels and plain edges. */
function isDrawnByProcessor(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  const facts = gl?.getExtension("WEBGL_debug_renderer_info");
  if (!gl || !facts) return false;
  const name = String(gl.getParameter(facts.UNMASKED_RENDERER_WEBGL));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

export class StreetMap extends HTMLElement {
  #engine: Engine | undefined;
  #map: Drawing | undefined;
  #pin: Marker | undefined;
  #named: Named[] = [];
  #points: Points = nothing();
  #devices: Points = nothing();
  #areas: Areas = nothing();
  #figures = new Map<string, AreaFigure>();
  #themes: MutationObserver | undefined;
  #hidden = new Set<string>();
  #turning = 0;
  #runs = 0; // how often it was put into a page: what an earlier time began is left

  connectedCallback(): void {
    const run = ++this.#runs;
    void this.#start(run).catch((error: unknown) => (run === this.#runs ? this.#give_up(error) : undefined));
  }

  disconnectedCallback(): void {
    cancelAnimationFrame(this.#turning);
    this.#themes?.disconnect();
    this.#map?.remove();
    this.#map = undefined;
    this.#runs += 1;
    this.removeAttribute("ready");
  }

  /** The map of MapLibre itself, for measurements; undefined until it is there. */
  get drawing(): Drawing | undefined {
    return this.#map;
  }

  setPoints(points: Points): void {
    this.#points = points;
    this.#fill("points", points);
  }

  setDevices(devices: Points): void {
    this.#devices = devices;
    this.#fill("devices", devices);
  }

  /** Colour grids and write a figure beside names; an area that is not named has none. */
  setFigures(figures: ReadonlyMap<string, AreaFigure>): void {
    this.#figures = new Map(figures);
    this.#paint();
  }

  /** Show or hide a layer: points, devices, grids (their colours), buildings. */
  setLayer(layer: string, shown: boolean): void {
    this.#hidden[shown ? "delete" : "add"](layer);
    if (this.#map?.getLayer(layer)) this.#map.setLayoutProperty(layer, "visibility", shown ? "visible" : "none");
  }

  flyTo(lng: number, lat: number, zoom = 16.5): void {
    const to = { center: [lng, lat] as [number, number], zoom };
    if (STILL.matches) this.#map?.jumpTo(to);
    else this.#map?.flyTo(to);
  }

  setPin(lng: number, lat: number): void {
    this.setAttribute("center", `${lng},${lat}`);
    this.#pin?.setLngLat([lng, lat]);
    this.#map?.easeTo({ center: [lng, lat], animate: !STILL.matches });
  }

  ring(lng: number, lat: number, tone = "red", forMs = RING_MS): void {
    if (this.#engine && this.#map) ring(this.#engine.Marker, this.#map, [lng, lat], tone, forMs);
  }

  /** Turn the camera slowly, so many degrees a second; 0 stops. Nothing turns for who asked for less motion. */
  turn(degrees: number): void {
    cancelAnimationFrame(this.#turning);
    if (degrees === 0 || (STILL.matches && !this.hasAttribute("turn-anyway"))) return;
    let last = performance.now();
    const step = (at: number) => {
      const map = this.#map;
      if (map !== undefined) map.setBearing(map.getBearing() + (degrees * (at - last)) / 1000);
      last = at;
      this.#turning = requestAnimationFrame(step);
    };
    this.#turning = requestAnimationFrame(step);
  }

  async #start(run: number): Promise<void> {
    const [engine, areas] = await Promise.all([
      import("./engine"),
      fetched<Areas>(this.getAttribute("areas") || AREAS),
    ]);
    if (run !== this.#runs) return;
    this.querySelector(".street-map-room")?.remove();
    this.#engine = engine;
    this.#areas = areas;
    const room = document.createElement("div");
    room.className = "street-map-room";
    this.append(room);
    this.#map = this.#draw(engine, room);
    await new Promise((done) => this.#map?.once("load", done));
    this.#settle(this.#map);
    this.#furnish(engine);
    this.setAttribute("ready", "");
    this.dispatchEvent(new CustomEvent("street-map:ready", { bubbles: true }));
    await this.#fetch();
  }

  #draw(engine: Engine, room: HTMLElement): Drawing {
    const flat = this.hasAttribute("flat") || !this.hasAttribute("buildings");
    const centre = this.#centre();
    const bounds = this.#isFitted() ? box(this.#areas.features) : null;
    const ratio = this.getAttribute("ratio");
    const slow = isDrawnByProcessor();
    const view =
      bounds !== null
        ? { bounds, fitBoundsOptions: { padding: 24 } }
        : centre !== null
          ? { center: centre, zoom: Number(this.getAttribute("zoom") || 16) }
          : {};
    return new engine.Drawing({
      container: room,
      style: style(palette(this), flat),
      ...view,
      ...(flat ? { pitch: 0, dragRotate: false, pitchWithRotate: false } : { pitch: PITCH, bearing: BEARING }),
      ...(ratio !== null || slow ? { pixelRatio: Number(ratio ?? SLOW_RATIO) } : {}),
      attributionControl: false,
      fadeDuration: 0,
      maxPitch: 70,
      minZoom: 9,
      maxZoom: 19,
      canvasContextAttributes: { antialias: !slow && !this.hasAttribute("coarse"), failIfMajorPerformanceCaveat: false },
      cooperativeGestures: false,
      scrollZoom: !this.hasAttribute("still"),
      locale: { "Map.Title": this.getAttribute("label") ?? "", "Marker.Title": "" },
    });
  }

  #furnish(engine: Engine): void {
    const map = this.#map;
    if (map === undefined) return;
    this.#fill("areas", this.#areas);
    this.#fill("points", this.#points);
    this.#fill("devices", this.#devices);
    for (const layer of this.#hidden) this.setLayer(layer, false);
    this.#named = name(engine.Marker, this.#areas);
    thin(map, this.#named);
    map.on("zoom", () => thin(map, this.#named));
    if (isDrawnByProcessor()) this.#coarsen(map);
    map.on("click", (event) => this.#clicked(event));
    map.on("mousemove", (event) => this.#hovered(event));
    if (this.hasAttribute("pick")) this.#place_pin(engine, map);
    this.#paint();
    this.#themes = new MutationObserver(() => this.#retheme());
    this.#themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  }

  /** Fill the room with the whole of a leaning map. */
  #settle(map: Drawing): void {
    if (!this.#isFitted() || map.getPitch() === 0) return;
    map.setZoom(map.getZoom() + (this.clientWidth > WIDE * this.clientHeight ? CLOSER : UPRIGHT));
    map.panBy([0, LOWER * this.clientHeight], { animate: false });
  }

  async #fetch(): Promise<void> {
    const points = this.getAttribute("points");
    const devices = this.getAttribute("devices");
    const buildings = this.hasAttribute("buildings") ? this.getAttribute("buildings") || BUILDINGS : "";
    await Promise.all([
      devices ? fetched<Points>(devices).then((found) => this.setDevices(found)) : undefined,
      points ? fetched<Points>(points).then((found) => this.setPoints(found)) : undefined,
      buildings ? fetched(buildings).then((found) => this.#fill("buildings", found)) : undefined,
    ]);
    this.dispatchEvent(new CustomEvent("street-map:drawn", { bubbles: true }));
  }

  /** Without a graphics card: fewer pixels while the camera moves, all of them when it rests. */
  #coarsen(map: Drawing): void {
    const fine = map.getPixelRatio();
    let resting: ReturnType<typeof setTimeout> | undefined;
    let changing = false; // another ratio is a resize, which calls itself a movement
    const change = (ratio: number) => {
      changing = true;
      if (this.#map === map && map.getPixelRatio() !== ratio) map.setPixelRatio(ratio);
      changing = false;
    };
    map.on("movestart", () => {
      if (!changing) change(MOVING_RATIO);
    });
    map.on("moveend", () => {
      if (changing) return;
      clearTimeout(resting);
      resting = setTimeout(() => change(fine), REST_MS);
    });
  }

  #fill(source: string, data: GeoJSON.FeatureCollection): void {
    this.#map?.getSource<GeoJSONSource>(source)?.setData(data);
  }

  #paint(): void {
    const map = this.#map;
    if (map === undefined || !map.isStyleLoaded()) {
      map?.once("idle", () => this.#paint());
      return;
    }
    for (const { properties } of this.#areas.features) {
      const tone = this.#figures.get(properties.code)?.tone ?? "";
      map.setFeatureState({ source: "areas", id: properties.code }, { tone });
    }
    for (const { code, element } of this.#named) {
      const figure = this.#figures.get(code);
      const count = element.querySelector("b");
      if (count !== null && count.textContent !== (figure?.count ?? "")) count.textContent = figure?.count ?? "";
      if (figure?.title !== undefined) element.title = figure.title;
    }
  }

  #retheme(): void {
    this.#map?.setStyle(style(palette(this), this.hasAttribute("flat") || !this.hasAttribute("buildings")), {
      diff: true,
      transformStyle: (old, next) => ({ ...next, sources: old?.sources ?? next.sources }),
    });
    this.#paint();
  }

  #place_pin(engine: Engine, map: Drawing): void {
    const picked = (lng: number, lat: number) =>
      this.dispatchEvent(new CustomEvent("street-map:pick", { bubbles: true, detail: { lng, lat } }));
    this.#pin = pin(engine.Marker, map, this.getAttribute("label") ?? "", picked);
    this.#pin.setLngLat(this.#centre() ?? map.getCenter()).addTo(map);
  }

  #clicked(event: MapMouseEvent): void {
    const map = this.#map;
    const point = map?.queryRenderedFeatures(event.point, { layers: ["points"] })[0]?.properties;
    if (point !== undefined) return this.#tell("street-map:point", { id: point.id, href: point.href ?? "" });
    const device = map?.queryRenderedFeatures(event.point, { layers: ["devices"] })[0]?.properties;
    if (device !== undefined) return this.#tell("street-map:point", { id: device.id, href: device.href ?? "" });
    if (this.#pin !== undefined) {
      this.#pin.setLngLat(event.lngLat);
      return this.#tell("street-map:pick", { lng: event.lngLat.lng, lat: event.lngLat.lat });
    }
    const area = map?.queryRenderedFeatures(event.point, { layers: ["grids"] })[0]?.properties;
    if (area !== undefined) this.#tell("street-map:area", { code: area.code });
  }

  #hovered(event: MapMouseEvent): void {
    const over = this.#map?.queryRenderedFeatures(event.point, { layers: ["points"] })[0]?.properties;
    this.toggleAttribute("over", over !== undefined);
    this.title = over === undefined ? "" : String(over.label ?? "");
  }

  #tell(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
  }

  /** Tell whether the areas shall fill the room: without a centre, or with `fit` wherever areas have outlines. */
  #isFitted(): boolean {
    return this.#centre() === null || (this.hasAttribute("fit") && this.#areas.features.length > 0);
  }

  #centre(): [number, number] | null {
    const [lng, lat] = (this.getAttribute("center") ?? "").split(",").map(Number);
    return lng !== undefined && lat !== undefined && !Number.isNaN(lng + lat) ? [lng, lat] : null;
  }

  /** Leave the children as they are, and say so where the page has a sentence for it. */
  #give_up(error: unknown): void {
    console.warn("no map", error);
    this.querySelector(".street-map-room")?.remove();
    this.setAttribute("without-map", "");
    for (const said of this.querySelectorAll<HTMLElement>("[data-no-map]")) said.hidden = false;
    this.#tell("street-map:unavailable", {});
  }
}

customElements.define("street-map", StreetMap);
