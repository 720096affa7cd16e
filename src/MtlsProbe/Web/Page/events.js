// Changes as a list, the newest first. Consecutive equal ones, as in an outage, are one line that opens.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./route.js";
import { mono, text, time } from "./parts.js";
import { ago, count, moment } from "./words.js";

const signs = { good: "tick", bad: "warning", neutral: "dot" };

/** This many consecutive equal changes or more become one line. */
const few = 3;

export function eventList(events, now, { isOfOne = false } = {}) {
  return h("ol", { class: "events" }, runs(events).map(run => (run.length > few ? several(run, now) : run.map(one => line(one, now, isOfOne)))));
}

/** Groups consecutive changes about the same thing. */
function runs(events) {
  const found = [];
  for (const one of events) {
    const last = found.at(-1);
    if (last && last[0].topic === one.topic && last[0].text === one.text && one.target) last.push(one);
    else found.push([one]);
  }
  return found;
}

function several(run, now) {
  const [newest] = run, oldest = run.at(-1);
  return h("li", { key: "run " + oldest.number, class: `event is-${newest.tone}` }, when(newest, now), icon(signs[newest.tone] ?? "dot"),
    h("div", {}, h("details", {}, h("summary", {}, `${count(run.length, "time")}: `, text(newest.text)), h("ol", { class: "events" }, run.map(one => line(one, now, false))))));
}

function line(one, now, isOfOne) {
  return h("li", { key: one.number, class: `event is-${one.tone}` }, when(one, now), icon(signs[one.tone] ?? "dot"),
    h("div", {}, h("p", {}, !isOfOne && subject(one), text(one.text)),
      one.address && h("p", { class: "sub" }, mono(one.address), one.topic === "state" && one.identity && [" with ", one.identity === "none" ? "no certificate" : text(one.identity), one.slot === "next" && " (next)"])));
}

function subject({ target, identity, slot, topic }) {
  if (target) return [h("a", { href: link(["target", target]) }, text(target)), " "];
  if (identity) return [h("a", { href: link(["rotation", identity]) }, text(identity)), topic === "credential" && slot ? ` (${slot}) ` : " "];
  return null;
}

function when({ at }, now) {
  return h("p", { class: "when" }, time(at, moment(at).slice(11, 19)), h("span", { class: "quiet small nowrap" }, now - Date.parse(at) < 86_400_000 ? ago(at, now) : moment(at).slice(0, 10)));
}
