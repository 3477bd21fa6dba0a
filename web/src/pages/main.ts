import "@tabler/core/dist/css/tabler.min.css";
import "../look/base.css";
import "htmx.org";
import { keepCounting } from "../look/clocks";
import { clearOnLeaving } from "../look/leaving";
import { follow } from "../look/live";
import { closeMenus } from "../look/menus";

keepCounting();
closeMenus();
clearOnLeaving();
follow();
if (document.getElementById("tour") !== null) void import("../look/tour").then(({ guide }) => guide());
