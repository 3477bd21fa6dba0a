import "../field/field.css";
import { keepLocating } from "../field/locating";
import { offerPrinting } from "../field/printing";

keepLocating();
offerPrinting();
