import "../desk/desk.css";
import { alarms } from "../desk/alarms";
import { hearKeys } from "../desk/keys";
import { Pane } from "../desk/pane";
import { Queue } from "../desk/queue";

const queue = document.getElementById("queue");
const pane = document.getElementById("pane");
if (queue !== null && pane !== null) {
  const shown = new Pane(pane);
  const list = new Queue(queue, shown);
  shown.done = () => void list.refresh();
  hearKeys(list, shown);
  alarms(list);
  list.follow();
  document.body.dataset.ready = "true";
}
