// The frame around the views: title, navigation, and whether the data are live.
import { h, render } from "./dom.js";
import { icon } from "./icons.js";
import { moment, visible } from "./words.js";

const live = document.getElementById("live");
const notices = document.getElementById("notices");

export function drawShell({ title, place, lost, asOf, build }) {
  const whole = `${visible(title, 80)} – MtlsProbe`;
  if (document.title !== whole) document.title = whole;
  for (const link of document.querySelectorAll(".places a")) {
    if (link.dataset.view === place) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (build) document.getElementById("build").textContent = visible(`MtlsProbe ${build.version}, ${build.openssl}`);
  live.className = "live" + (lost ? " is-lost" : document.hidden ? " is-paused" : "");
  live.dataset.asOf = asOf ? moment(asOf) : ""; // for paper
  live.textContent = lost ? (lost.status === null ? "No answer" : `Status ${lost.status}`) : document.hidden ? "Paused" : asOf ? `Live, ${moment(asOf).slice(11)}` : "Asking …";
}

/** Says that the exporter does not answer, and how old the shown data are. */
export function drawNotice(lost, asOf) {
  render(notices, lost && h("div", { class: "notice is-lost" }, icon("warning"),
    h("div", {}, h("strong", {}, lost.status === null ? `The exporter has not answered since ${moment(lost.since)}` : `Every answer has been status ${lost.status} since ${moment(lost.since)}`),
      h("p", {}, lost.sentence && [lost.sentence, " "], asOf && `What you see is from ${moment(asOf)} and may be outdated. `, "This page keeps asking. To see whether the exporter runs: ", h("code", {}, new URL("-/healthy", location.href.split("#")[0]).href)))));
}
