import "@tabler/core/dist/css/tabler.min.css";
import "./main.css";
import "htmx.org";
