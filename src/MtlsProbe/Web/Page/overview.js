// The fleet: its state in one strip, and a row for each target, or for each group of targets that have something in common.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { changed } from "./route.js";
import { expiringWord, levels, states } from "./states.js";
import { onPage, pager, searchField } from "./parts.js";
import { count, number } from "./words.js";
import { asides, notices } from "./summary.js";
import { chips, expiringNow, filters, groupField, grouping, labelField } from "./filters.js";
import { fleetTable } from "./fleet.js";
import { groupList } from "./groups.js";

export const place = "targets";

/** Maximum number of targets shown for a group that is opened in place; its own page has all. */
const rowsOfGroup = 20;

export function title() {
  return "Targets";
}

export async function load(route, get) {
  const passing = query(route, filters);
  const page = query(route, ["group_by", "group", "sort", "page", "limit"]);
  const explicit = route.query.get("group_by");
  const isGrouped = explicit && explicit !== "none" && !route.query.has("group");
  if (page.get("group_by") === "none") page.delete("group_by");
  const list = isGrouped ? join(passing, [["limit", 1]]) : join(passing, page);
  const [summary, fleet, handshakes] = await Promise.all([get("api/v1/summary"), get("api/v1/fleet" + tail(list)), opened(route, get)]);
  const by = grouping(route, summary);
  const groups = by && (await groupsOf(route, get, passing, by));
  return { summary, list: fleet, handshakes, groups: explicit || worthIt(groups) ? groups : null };
}

/** Whether automatic groups make the list shorter. */
function worthIt(groups) {
  return groups !== null && groups.page.total * 3 <= groups.page.targets;
}

/** The handshakes of the targets that are opened in place. */
async function opened(route, get) {
  const open = route.query.getAll("open");
  if (open.length === 0) return [];
  return (await get("api/v1/handshakes" + tail(join([["sort", "target"], ["limit", 500]], open.map(name => ["target", name]))))).rows;
}

async function groupsOf(route, get, passing, by) {
  const open = route.query.getAll("in");
  const [page, ...lists] = await Promise.all([
    get("api/v1/groups" + tail(join(passing, query(route, ["page"]), [["group_by", by]]))),
    ...open.map(group => get("api/v1/fleet" + tail(join(passing, [["group_by", by], ["group", group], ["limit", rowsOfGroup]])))),
  ]);
  return { by, page, opened: new Map(open.map((group, index) => [group, lists[index]])) };
}

/** The number of rows, for screen readers. */
export function found({ summary, list, groups }) {
  return groups ? onPage(inGroups(groups), groups.page.page) : onPage(matches(summary, list), list.page);
}

export function draw({ route, answers, now, act }) {
  const { summary, list, groups } = answers;
  const labels = summary.labels ?? [], isEmpty = summary.targets.total === 0;
  return [
    notices(summary),
    h("div", { class: "summary" },
      h("div", { class: "headline" }, h("h1", { tabindex: -1 }, headline(summary))),
      !isEmpty && strip(list.states),
      !isEmpty && h("nav", { class: "tiles", "aria-label": "Filter by state" }, tiles(route, list)),
      asides(summary, now)),
    !isEmpty && h("div", { class: "tools" },
      searchField(route, "Search targets, addresses, names, serials …", act),
      labelField(route, labels, act),
      groupField(route, groups?.by, labels, act),
      chips(route, labels),
      h("p", { class: "tail" }, h("span", {}, groups ? inGroups(groups) : matches(summary, list)))),
    h("section", { class: "card", "aria-label": "Targets" }, content(route, answers, now, act)),
  ];
}

function content(route, answers, now, act) {
  const { summary, list, groups, handshakes } = answers;
  if (summary.targets.total === 0) return summary.shard?.fleet_targets > 0 ? h("p", { class: "empty" }, "All targets belong to other shards.") : nothing();
  if (groups ? groups.page.targets === 0 : list.total === 0) return h("p", { class: "empty" }, "Nothing matches. ", h("a", { href: "#/" }, "Show all"));
  if (groups) return [groupList(route, groups, handshakes, now, act), pager(route, groups.page, { group_by: groups.by })];
  return [h("div", { class: "wide" }, fleetTable(route, list.rows, handshakes, now, act)), pager(route, list)];
}

/** Instructions for readers who have no targets yet. */
function nothing() {
  return h("div", { class: "empty" },
    h("p", {}, "The configuration names no targets, so nothing is probed."),
    h("p", {}, "Add one to the configuration file; the exporter loads it when it changes:"),
    h("pre", { class: "example" }, "targets:\n- name: payments\n  address: payments.internal:8443\n  identity: checkout\n  trust: internal"),
    h("p", {}, "To check the file first: ", h("code", {}, "mtlsprobe check-config --config.file mtlsprobe.yml")));
}

function matches(summary, list) {
  return `${number(list.total)} of ${count(summary.targets.total, "target")}`;
}

function inGroups({ page }) {
  return `${count(page.targets, "target")} in ${count(page.total, "group")}`;
}

function headline({ targets, expiring, ready, old }) {
  if (targets.total === 0) return "No targets";
  if (!ready && targets.pending > 0) return `Probing ${count(targets.total, "target")} for the first time`;
  const soon = expiring.critical + expiring.warning;
  return [
    `${targets.healthy === targets.total ? "All" : `${number(targets.healthy)} of`} ${count(targets.total, "target")} healthy${old > 0 ? " when last probed" : ""}`,
    expiring.expired > 0 && `${number(expiring.expired)} with an expired certificate`,
    soon > 0 && `${number(soon)} expiring soon`,
  ].filter(Boolean).join(", ");
}

function strip(counts) {
  return h("div", { class: "strip", "aria-hidden": "true" },
    Object.keys(states).filter(state => counts[state] > 0).map(state => h("i", { key: state, class: `is-${state}`, vars: { "--share": String(counts[state]) } })));
}

/** Each tile links to the rows in its state, and from there back to all. */
function tiles(route, { states: counts, expiring }) {
  const chosen = (route.query.get("state") ?? "").split(",");
  const ofExpiring = { expired: "critical", critical: "critical" }[["expired", "critical"].find(level => expiring[level] > 0)] ?? "warning";
  const isExpiring = route.query.get("expiring") === expiringNow;
  return [
    ...Object.entries(states).map(([state, { word, icon: sign }]) => tile(state, `is-${state}`, sign, counts[state], word, chosen.includes(state),
      changed(route, { state: chosen.includes(state) ? null : state, page: null, in: null, group: null }))),
    tile("expiring", `is-expiring is-${ofExpiring}`, levels.warning.icon, expiring.total - expiring.late, expiringWord(expiring), isExpiring,
      changed(route, { expiring: isExpiring ? null : expiringNow, page: null, in: null, group: null })),
  ];
}

function tile(key, kind, sign, value, word, current, href) {
  return h("a", { key, class: `tile ${kind}${value || current ? "" : " is-none"}`, "aria-current": current ? "true" : null, href }, icon(sign), h("b", {}, number(value)), h("span", {}, word));
}

/** The part of the query that is sent to the exporter. */
function query(route, names) {
  return new URLSearchParams([...route.query].filter(([name]) => names.includes(name)));
}

function join(...parts) {
  return new URLSearchParams(parts.flatMap(part => [...part]));
}

function tail(search) {
  const said = search.toString();
  return said ? "?" + said : "";
}
