// The changes of the fleet, the newest first, up to now or up to a time in the address.
import { h } from "./dom.js";
import { changed } from "./route.js";
import { onPage, pager, searchField, text } from "./parts.js";
import { count, moment } from "./words.js";
import { eventList } from "./events.js";

export const place = "changes";

const topics = { state: "states", certificate: "servers' certificates", credential: "our credentials", trust: "trust", configuration: "configuration", targets: "targets", exporter: "exporter" };

export function title() {
  return "What changed";
}

export async function load(route, get) {
  const query = new URLSearchParams([...route.query].filter(([name]) => ["q", "target", "identity", "topic", "tone", "until", "page", "limit"].includes(name))).toString();
  return get("api/v1/events" + (query && "?" + query));
}

/** The number of changes, for screen readers. */
export function found({ total, page }) {
  return onPage(count(total, "change"), page);
}

export function draw({ route, answers, now, act }) {
  const until = route.query.get("until");
  return [
    h("div", { class: "title" }, h("h1", { tabindex: -1 }, "What changed"), until && h("p", { class: "quiet" }, `up to ${moment(until)}`)),
    h("div", { class: "tools" },
      searchField(route, "Search targets, identities, serials, texts …", act),
      field(route, "topic", "About", topics, act), field(route, "tone", "Only", { bad: "bad news", good: "good news" }, act),
      ["target", "identity", "until"].flatMap(name => route.query.getAll(name).map(value => h("a", { key: name + value, class: "tag is-marked", href: changed(route, { [name]: null, page: null }) }, `${name}: `, text(value), " ×", h("span", { class: "unseen" }, " remove this filter")))),
      h("p", { class: "tail" }, h("span", {}, count(answers.total, "change")), !until && answers.total > 0 && permalink(route, answers))),
    h("section", { class: "card", "aria-label": "Changes" },
      answers.events.length === 0 ? nothing(route, answers) : eventList(answers.events, now),
      pager(route, answers)),
    h("p", { class: "quiet small" }, answers.oldest && `The oldest known change is from ${moment(answers.oldest)}. `, kept(answers.storage)),
  ];
}

function field(route, name, word, values, act) {
  return h("span", { class: "field" }, h("label", { for: name }, word),
    h("select", { id: name, value: route.query.get(name) ?? "", onchange: event => act.go(changed(route, { [name]: event.target.value, page: null })) },
      h("option", { value: "" }, "everything"), Object.entries(values).map(([value, said]) => h("option", { key: value, value }, said))));
}

/** An address that will still show the same changes later. */
function permalink(route, { events: [newest], now }) {
  return h("a", { href: changed(route, { until: newest?.at ?? now, page: null }) }, "Link to this moment");
}

function nothing(route, { page }) {
  if (page > 1 || [...route.query.keys()].some(name => name !== "page")) return h("p", { class: "empty" }, "Nothing matches. ", h("a", { href: "#/changes" }, "Show all"));
  return h("p", { class: "empty" }, "Nothing has changed since the exporter started. The results of the first round of probes do not count as changes.");
}

function kept(storage) {
  if (storage === null) return "Changes are in memory only, and are lost at a restart; serve --storage.path DIR keeps them.";
  if (storage.fault !== null) return ["They cannot be saved in ", text(storage.path), ", and are in memory only: ", text(storage.fault)];
  return ["They are saved in ", text(storage.path), "."];
}
