// The filters and groups of the list of targets. All of them are in the address; the exporter applies them.
import { h } from "./dom.js";
import { changed } from "./route.js";
import { text } from "./parts.js";
import { visible } from "./words.js";

/** The parameters of the address that filter. */
export const filters = ["q", "target", "address", "identity", "slot", "expect", "state", "class", "reason", "label", "expiring"];

/** The expiry levels of the tile. */
export const expiringNow = "expired,critical,warning";

/** With this many unhealthy targets or more, those with the same cause become one line, unless the reader chooses otherwise. */
const many = 20;

/** The property by which targets are grouped; null if they are not grouped. */
export function grouping(route, { targets }) {
  const chosen = route.query.get("group_by");
  if (route.query.has("group") || chosen === "none") return null;
  if (chosen) return chosen;
  const isNarrowed = [...filters, "sort", "page"].some(name => route.query.has(name));
  return !isNarrowed && targets.total - targets.healthy - targets.pending > many ? "reason" : null;
}

export function groupField(route, current, labels, act) {
  const by = route.query.get("group_by") ?? current ?? "none";
  const offered = [["none", "nothing"], ["reason", "reason"], ["identity", "identity"], ...labels.map(({ name }) => [`label:${name}`, visible(name, 40)])];
  if (!offered.some(([value]) => value === by)) offered.push([by, visible(by, 40)]);
  return h("span", { class: "field" }, h("label", { for: "group" }, "Group by"),
    h("select", { id: "group", value: by, onchange: event => act.go(changed(route, { group_by: event.target.value, group: null, in: null, page: null })) },
      offered.map(([value, word]) => h("option", { key: value, value }, word))));
}

/** The label that the field shows: the first one in the address that the field offers. The others are chips. */
function chosenLabel(route, labels) {
  return route.query.getAll("label").find(label => labels.some(({ name, values }) => values.some(value => label === `${name}=${value}`))) ?? "";
}

export function labelField(route, labels, act) {
  if (labels.length === 0) return null;
  const chosen = chosenLabel(route, labels);
  const others = without(route.query.getAll("label"), chosen);
  return h("span", { class: "field" }, h("label", { for: "label" }, "Label"),
    h("select", { id: "label", value: chosen, onchange: event => act.go(changed(route, { label: [event.target.value, ...others], page: null })) },
      h("option", { value: "" }, "any"),
      labels.flatMap(({ name, values }) => values.map(value => h("option", { value: `${name}=${value}` }, visible(`${name}=${value}`, 60))))));
}

/** The filters that no field and no tile shows, which can be removed one by one. */
export function chips(route, labels) {
  const chosen = chosenLabel(route, labels);
  const shown = [...filters.filter(name => !["q", "state"].includes(name)), "group"];
  return shown.flatMap(name => {
    const set = [...new Set(route.query.getAll(name))];
    return set.filter(value => (value !== "" || name === "group") && !(name === "label" && value === chosen) && !(name === "expiring" && value === expiringNow)).map(value => h("a", {
      key: name + "\n" + value, class: "tag is-marked", href: changed(route, { [name]: without(set, value), page: null }), onclick: goOnBefore,
    }, `${name === "group" ? route.query.get("group_by") ?? "reason" : name}: `, value === "" ? "none" : text(value), " ×", h("span", { class: "unseen" }, " remove this filter")));
  });
}

/** Moves the focus before the filter that has it is removed. */
function goOnBefore({ currentTarget: chip }) {
  const next = chip.nextElementSibling;
  (next.matches("a") ? next : document.getElementById("search")).focus();
}

function without(values, one) {
  return values.filter(value => value !== one);
}
