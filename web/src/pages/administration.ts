import "./administration.css";

// On a phone the sections stand in a row that scrolls: show where we are, without moving the page.
const sections = document.querySelector(".office-sections");
const here = sections?.querySelector("[aria-current]");
if (sections && here instanceof HTMLElement) {
  sections.scrollLeft = here.offsetLeft - (sections.clientWidth - here.offsetWidth) / 2;
}
