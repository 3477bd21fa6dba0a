import "../residents/residents.css";
import { openByCode, printButtons, shrinkInputs } from "../residents/small";
import { reportForm } from "../residents/report";
import { whoForm } from "../residents/who";

document.documentElement.dataset.script = "on";
reportForm();
whoForm();
openByCode();
printButtons();
shrinkInputs();
