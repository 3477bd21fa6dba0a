import "../field/field.css";
import { keepLocating } from "../field/locating";
import { showPoints } from "../field/points";
import { offerPrinting } from "../field/printing";
import { keepTracking } from "../field/tracking";

keepLocating();
keepTracking();
offerPrinting();
showPoints();
