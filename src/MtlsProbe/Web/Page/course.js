// A rotation over time: lines that rise with each address, and marks for its main events. The list below has the same content.
import { h } from "./dom.js";
import { link } from "./route.js";
import { mono, serial, text } from "./parts.js";
import { count, left, moment, number } from "./words.js";

const kinds = {
  accepted: { word: "accept the new one", all: "accepted everywhere" },
  in_use: { word: "accept it as current", all: "in use everywhere" },
  old_refused: { word: "that had accepted the old one now refuse it", all: "old one refused by all that had accepted it" },
  presented: { word: "present the new one", all: "presented everywhere" },
};
const leastSpan = 20_000; // ms, the shortest time that the picture shows
const nearMarks = 0.045; // of the width: marks that are closer together are placed below each other

/** The card; nothing if there was no rotation. */
export function courseCard(heading, timeline, now) {
  if (!timeline || timeline.lines.length === 0) return null;
  const { lines } = timeline;
  const marks = momentsOf(timeline), [from, to] = range(timeline, marks, now);
  const at = time => (Date.parse(time) - from) / (to - from);
  const end = timeline.old && Date.parse(timeline.old.not_after) <= to && Date.parse(timeline.old.not_after) >= from
    ? [{ word: Date.parse(timeline.old.not_after) <= now ? "the old one has expired" : "the old one expires", time: timeline.old.not_after }] : [];
  const shown = [...marks, ...end].sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
  const until = Math.min(to, now);
  return h("section", { class: "card course-of", "aria-label": heading },
    h("header", {}, h("h2", {}, heading), h("span", { class: "quiet" }, "serial ", serial(timeline.new.serial), timeline.old && [" replaces ", serial(timeline.old.serial)])),
    h("div", { class: "inside" },
      h("div", { class: "course", role: "img", "aria-label": said(timeline) },
        h("span", { class: "quiet small" }, "all"),
        h("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
          lines.map(line => h("path", { key: line.kind, class: `is-${line.kind}`, d: path(line, at, Math.min(1, (until - from) / (to - from))) }))),
        placed(shown, at).map(({ word, time, row }, index) => h("i", { key: word, vars: { "--at": percent(at(time)), "--row": String(row) } }, h("b", {}, String(index + 1))))),
      h("div", { class: "horizon-scale quiet small", "aria-hidden": "true" }, h("span", {}, moment(from)), h("span", {}, sameDay(from, to) ? moment(to).slice(11) : moment(to))),
      h("ul", { class: "legend" }, lines.map(line => h("li", { key: line.kind, class: `is-${line.kind}` }, h("i", { "aria-hidden": "true" }), `${number(reached(line))} of ${number(line.total)} ${kinds[line.kind]?.word ?? line.kind}`,
        line.before > 0 && h("span", { class: "quiet" }, ` (${number(line.before)} at an unknown time)`)))),
      shown.length > 0 && h("ol", { class: "moments" }, shown.map(({ word, time }, index) => h("li", { key: word }, h("b", {}, String(index + 1)), h("span", {}, word, " ", h("time", { class: "quiet nowrap", datetime: time }, moment(time)))))),
      timeline.old && end.length === 0 && h("p", { class: "quiet small" }, `The old one: ${left(timeline.old.not_after, now)}, until ${moment(timeline.old.not_after)}.`),
      list(lines)));
}

/** The steps, and when each was complete. */
function momentsOf({ staged, promoted, lines }) {
  return [
    staged && { word: promoted || lines[0].kind === "accepted" ? "staged" : "issued", time: staged },
    promoted && { word: "promoted", time: promoted },
    ...lines.filter(line => line.complete).map(line => ({ word: kinds[line.kind]?.all ?? line.kind, time: line.complete })),
  ].filter(Boolean);
}

/** From shortly before the first event until now, or until shortly after the last event if the rotation is over; until the expiry of the old certificate if that is near. */
function range(timeline, marks, now) {
  const { old, lines } = timeline;
  const times = [...marks.map(({ time }) => time), ...lines.flatMap(({ steps }) => steps.map(({ at }) => at))].map(Date.parse);
  const first = times.length > 0 ? Math.min(...times) : now;
  const end = old ? Date.parse(old.not_after) : Infinity;
  const over = isOver(timeline) && times.length > 0;
  const last = over ? Math.max(...times) : end > now && end - now <= now - first ? end : Math.max(now, first);
  const width = Math.max(leastSpan, last - first);
  return [first - width * 0.05, Math.max(last + (over || last === end ? width * 0.05 : 0), first + width)];
}

function isOver({ lines }) {
  return lines.every(line => reached(line) === line.total);
}

/** The steps of a line from the left edge to the end of the picture; 1 is the top. */
function path({ total, before, steps }, at, until) {
  const high = n => (1 - (total > 0 ? n / total : 0)).toFixed(4);
  return `M0 ${high(before)}` + steps.map(step => `H${at(step.at).toFixed(4)}V${high(step.count)}`).join("") + `H${until.toFixed(4)}`;
}

/** Places marks that are close together below each other. */
function placed(marks, at) {
  const ends = []; // the end of the last mark in each row
  return marks.map(mark => {
    const x = at(mark.time);
    let row = ends.findIndex(before => x - before >= nearMarks);
    if (row < 0) row = ends.length;
    ends[row] = x;
    return { ...mark, row };
  });
}

function said(timeline) {
  const lines = timeline.lines.map(line => `${number(reached(line))} of ${count(line.total, "address", "addresses")} ${kinds[line.kind]?.word ?? line.kind}`);
  return `${lines.join(", ")}. ${momentsOf(timeline).map(({ word, time }) => `${word} ${moment(time)}`).join(", ")}`;
}

function reached({ before, steps }) {
  return steps.at(-1)?.count ?? before;
}

function list(lines) {
  const steps = lines.flatMap(line => line.steps.map(step => ({ ...step, line }))).sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return steps.length > 0 && h("details", {}, h("summary", {}, "As a list"), h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "The rotation as a list" }, h("table", { class: "runs is-list" },
    h("thead", {}, h("tr", {}, ["When", "What", "How many", "Where"].map(word => h("th", { scope: "col", key: word }, word)))),
    h("tbody", {}, steps.map(({ at, count: so, total, places, line }) => h("tr", { key: line.kind + at + so },
      h("td", { class: "nowrap", "data-label": "When" }, moment(at)), h("td", { "data-label": "What" }, kinds[line.kind]?.word ?? line.kind), h("td", { class: "nowrap", "data-label": "How many" }, `${number(so)} of ${number(line.total)}`),
      h("td", { "data-label": "Where" }, h("ul", {}, places.map(({ target, address }) => h("li", { key: target + "\n" + address }, h("a", { href: link(["target", target]) }, text(target)), " ", mono(address))),
        total > places.length && h("li", { class: "quiet" }, `and ${number(total - places.length)} more`)))))))));
}

function sameDay(from, to) {
  return moment(from).slice(0, 10) === moment(to).slice(0, 10);
}

function percent(share) {
  return `${(share * 100).toFixed(2)}%`;
}
