/** MapLibre, loaded only where a map is shown. Its worker comes from our own site. */

import { Map as Drawing, Marker, setWorkerUrl } from "maplibre-gl";
import worker from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";

setWorkerUrl(worker);

export { Drawing, Marker };
