import "../field/field.css";
import { sayForWhom } from "../field/behalf";
import { keepLocating } from "../field/locating";
import { showPoints } from "../field/points";
import { offerPrinting } from "../field/printing";
import { keepTracking } from "../field/tracking";

keepLocating();
keepTracking();
offerPrinting();
sayForWhom();
showPoints();
