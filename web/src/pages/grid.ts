import "../grid/grid.css";
import { gridPage } from "../grid/page";

gridPage();
