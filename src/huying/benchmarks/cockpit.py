"""How smoothly the map of the cockpit turns in a browser without a graphics card.

The control is a page with nothing but a canvas of that size, painted anew each time, in the same run.
"""

from dataclasses import dataclass
from typing import Any

from huying.benchmarks import chromium

SECONDS = 6
POINTS = 5_000
WIDTH, HEIGHT = 1920, 1080

_CANVAS = """([seconds, width, height]) => new Promise(done => {
  const canvas = Object.assign(document.createElement("canvas"), {width, height});
  Object.assign(canvas.style, {position: "fixed", inset: "0"});
  document.body.replaceChildren(canvas);
  const gl = canvas.getContext("webgl2", {antialias: false});
  let frames = 0;
  const begin = performance.now();
  const paint = at => {
    if (at - begin > seconds * 1000) return done(frames / seconds);
    gl.clearColor(frames++ % 2, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    requestAnimationFrame(paint);
  };
  requestAnimationFrame(paint);
})"""
_MAP = """async ([seconds, points]) => {
  const add = (tag, facts) => document.head.append(Object.assign(document.createElement(tag), facts));
  add("link", {rel: "stylesheet", href: "/static/built/map.css"});
  document.body.replaceChildren();
  const map = document.createElement("street-map");
  for (const name of ["buildings", "turn-anyway"]) map.setAttribute(name, "");
  Object.assign(map.style, {position: "fixed", inset: "0"});
  document.body.append(map);
  const drawn = new Promise(done => map.addEventListener("street-map:drawn", done));
  await import("/static/built/map.js");
  await drawn;
  const box = map.drawing.getBounds();
  const spot = at => [box.getWest() + (at * 0.618034 % 1) * (box.getEast() - box.getWest()),
                      box.getSouth() + (at * 0.754878 % 1) * (box.getNorth() - box.getSouth())];
  const features = [...Array(points).keys()].map(at => ({type: "Feature", properties: {id: at, tone: "red"},
    geometry: {type: "Point", coordinates: spot(at)}}));
  map.setPoints({type: "FeatureCollection", features});
  await new Promise(done => map.drawing.once("idle", done));
  const codes = map.drawing.querySourceFeatures("buildings").map(each => each.properties.code);
  let frames = 0;
  map.drawing.on("render", () => frames++);
  map.turn(3);
  const begin = performance.now();
  await new Promise(done => setTimeout(done, seconds * 1000));
  return {frames: frames / ((performance.now() - begin) / 1000), buildings: new Set(codes).size};
}"""


@dataclass(frozen=True, slots=True)
class Smooth:
    """Frames a second: of the map while its camera turns, and of a bare canvas; buildings in sight."""

    frames: float
    canvas: float
    buildings: int
    points: int


def measure(address: str) -> Smooth:
    """Turn the map of a running site at `address`. Raises Unavailable without a browser or its driver."""
    with chromium.browser() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(f"{address}/login/")
        canvas: float = page.evaluate(_CANVAS, [SECONDS, WIDTH, HEIGHT])
        found: dict[str, Any] = page.evaluate(_MAP, [SECONDS, POINTS])
    return Smooth(found["frames"], canvas, found["buildings"], POINTS)
