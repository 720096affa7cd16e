// Times of a probe as a waterfall, and results as a timeline.
import { h } from "./dom.js";
import { badge, states } from "./states.js";
import { ago, count, duration, moment } from "./words.js";
import { icon } from "./icons.js";
import { mono } from "./parts.js";

const phases = [["dns", "DNS"], ["connect", "connect"], ["proxy", "proxy"], ["starttls", "STARTTLS"], ["handshake", "handshake"], ["confirm", "confirm"], ["application", "application"]];

/** The phases one after another on one scale; if the probe failed, its phase is marked. */
export function waterfall(timings, failedIn) {
  const total = timings.total || 1;
  let from = 0;
  return h("ul", { class: "waterfall" },
    phases.filter(([phase]) => typeof timings[phase] === "number" || phase === failedIn).map(([phase, word]) => {
      const seconds = timings[phase] ?? 0;
      const lane = h("span", { class: "lane", "aria-hidden": "true", vars: { "--from": percent(from / total), "--for": percent(seconds / total) } }, h("i", {}));
      from = Math.min(total, from + seconds);
      const ended = phase === failedIn;
      const waits = phase === "confirm" && !ended;
      return h("li", { class: ended ? "is-here" : waits ? "is-waiting" : null },
        h("span", { class: "word" }, ended && icon("warning"), waits ? "waiting for a late refusal" : word, ended && h("span", { class: "unseen" }, ", it ended here")), lane, h("span", { class: "time nowrap" }, duration(timings[phase]) || "–"));
    }),
    h("li", {}, h("span", { class: "quiet" }, "total"), h("span", {}), h("span", { class: "time nowrap" }, duration(timings.total))));
}

function percent(share) {
  return `${(Math.min(1, share) * 100).toFixed(2)}%`;
}

/** The last results, oldest first, preceded by earlier failures: as a picture, as a sentence, and as a list of runs. */
export function timeline({ recent, earlier_failures: earlier }, now) {
  if (recent.length === 0) return h("p", { class: "quiet" }, "Not probed yet.");
  const runs = [...earlier, ...asRuns(recent)];
  return [
    h("div", { class: "timeline", role: "img", "aria-label": sentence(recent) },
      earlier.map(run => h("i", { key: "before " + run.from, class: `is-${run.state}`, title: tell(run) })),
      earlier.length > 0 && h("i", { key: "gap", class: "is-gap" }),
      recent.map(result => h("i", { key: result.at, class: `is-${result.state}`, title: `${moment(result.at)} ${tell(result)}` }))),
    h("p", { class: "quiet small" }, `${sentence(recent)}. The oldest is from ${ago(recent[0].at, now)}.`, earlier.length > 0 && ` Left of the dotted line: ${count(earlier.length, "earlier run")} of failures.`),
    h("details", {}, h("summary", {}, "As a list"), h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Results as a list" }, h("table", { class: "runs is-list" },
      h("thead", {}, h("tr", {}, ["From", "To", "Probes", "State", "Reason"].map(word => h("th", { scope: "col", key: word }, word)))),
      h("tbody", {}, runs.reverse().map(run => h("tr", { key: run.from },
        h("td", { class: "nowrap", "data-label": "From" }, moment(run.from)), h("td", { class: "nowrap", "data-label": "To" }, moment(run.to)), h("td", { "data-label": "Probes" }, run.count), h("td", { "data-label": "State" }, badge(run.state)),
        h("td", { class: run.reason ? null : "is-empty", "data-label": "Reason" }, h("span", {}, mono(run.reason ?? ""), run.alert && [", alert ", mono(run.alert)])))))))),
  ];
}

function tell({ state, reason, alert }) {
  return [states[state]?.word ?? state, reason, alert && `alert ${alert}`].filter(Boolean).join(", ");
}

function sentence(recent) {
  const counts = Object.entries(Object.groupBy(recent, result => result.state)).map(([state, results]) => `${results.length} ${states[state]?.word ?? state}`);
  return `Of the last ${count(recent.length, "result")}: ${counts.join(", ")}`;
}

/** How long the last probes took, on one scale. Failures are marked by color here, and by a word in the list above. */
export function latency({ recent }) {
  if (recent.length < 2) return null;
  const times = recent.map(({ duration: seconds }) => seconds).sort((one, other) => one - other);
  const slowest = times.at(-1), middle = (times[(times.length - 1) >> 1] + times[times.length >> 1]) / 2;
  const said = `Median of the last ${count(recent.length, "probe")}: ${duration(middle)}, slowest: ${duration(slowest)}.`;
  return h("div", { class: "latency-of" }, h("h3", {}, "How long each took"),
    h("div", { class: "latency", role: "img", "aria-label": said },
      recent.map(result => h("i", { key: result.at, class: `is-${result.state}`, vars: { "--size": String(slowest > 0 ? result.duration / slowest : 0) }, title: `${moment(result.at)} ${duration(result.duration)}` }))),
    h("p", { class: "quiet small" }, said));
}

/** Groups consecutive equal results. */
function asRuns(recent) {
  const runs = [];
  for (const result of recent) {
    const last = runs.at(-1);
    if (last && tell(last) === tell(result)) runs[runs.length - 1] = { ...last, to: result.at, count: last.count + 1 };
    else runs.push({ ...result, from: result.at, to: result.at, count: 1 });
  }
  return runs;
}
