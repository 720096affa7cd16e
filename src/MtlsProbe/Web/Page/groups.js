// Targets that have something in common, as one line that opens: three thousand failures with one cause are one item to read.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { changed, link } from "./route.js";
import { badge, expiringWord, states } from "./states.js";
import { text, time } from "./parts.js";
import { fleetTable } from "./fleet.js";
import { ago, count, number } from "./words.js";

export function groupList(route, { by, page, opened }, handshakes, now, act) {
  return h("ul", { class: "groups" }, page.groups.map(group => {
    const isOpen = opened.has(group.group);
    return h("li", { key: group.group, class: `group is-${group.state}` },
      h("div", { class: "line" },
        h("button", { class: "opener", type: "button", "aria-expanded": String(isOpen), onclick: () => toggle(route, group.group, isOpen, act) },
          icon(isOpen ? "less" : "more"), h("span", { class: "many" }, h("b", {}, number(group.total)), h("span", {}, group.total === 1 ? "target" : "targets"))),
        h("div", { class: "told" }, h("p", { class: by === "reason" ? "says is-sentence" : "says" }, badge(group.state), " ", text(group.title)),
          h("p", { class: "sub" }, group.names.flatMap((name, index) => [index > 0 && ", ", h("a", { key: name, href: link(["target", name]) }, text(name))]), group.total > group.names.length && ` and ${number(group.total - group.names.length)} more`)),
        h("div", { class: "facts-of" }, by !== "reason" && h("span", {}, mix(group)), group.expiring.total > group.expiring.late && h("span", { class: "level is-warning" }, icon("clock"), `${number(group.expiring.total - group.expiring.late)} ${expiringWord(group.expiring)}`),
          group.since && h("span", { class: "quiet" }, "newest ", time(group.since, ago(group.since, now))))),
      isOpen && members(route, by, group, opened.get(group.group), handshakes, now, act));
  }));
}

function members(route, by, group, list, handshakes, now, act) {
  return h("div", { class: "wide" }, fleetTable(route, list.rows, handshakes, now, act, { isSorted: false }),
    list.total > list.rows.length && h("p", { class: "pages" }, h("a", { class: "button", href: changed(route, { group_by: by, group: group.group, in: null, page: null }) }, `All ${count(list.total, "target")}`)));
}

function mix({ states: counts }) {
  return Object.entries(states).filter(([state]) => counts[state] > 0).map(([state, { word }]) => `${number(counts[state])} ${word}`).join(", ");
}

function toggle(route, group, isOpen, act) {
  const open = route.query.getAll("in");
  act.replace({ in: isOpen ? open.filter(one => one !== group) : [...open, group], group_by: route.query.get("group_by") });
}
