import "../map/map.css";
import "../map/element";
