import "@tabler/core/dist/css/tabler.min.css";
import "../look/base.css";
import "htmx.org";
import { keepCounting } from "../look/clocks";
import { closeMenus } from "../look/menus";

keepCounting();
closeMenus();
