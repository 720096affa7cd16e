// The fleet: how it is, in one strip, and a row for each handshake.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { changed, link } from "./route.js";
import { badge, states } from "./states.js";
import { credential, life, mono, onPage, pager, searchField, serial, sortHeader, text, time } from "./parts.js";
import { ago, count, number, visible } from "./words.js";
import { asides, notices } from "./summary.js";

export const place = "targets";

/** What the address may filter by; the exporter does the filtering. */
const filters = ["q", "target", "address", "identity", "slot", "expect", "state", "class", "reason", "label"];

/** A row shows these; the target's own view has them all. */
const mostLabels = 4;

export function title() {
  return "Targets";
}

export async function load(route, get) {
  const query = new URLSearchParams();
  for (const [name, value] of route.query) if (filters.includes(name) || ["sort", "page", "limit"].includes(name)) query.append(name, value);
  const tail = query.toString();
  const [summary, list] = await Promise.all([get("api/v1/summary"), get("api/v1/handshakes" + (tail ? "?" + tail : ""))]);
  return { summary, list };
}

/** How many rows there are, for those who do not see them. */
export function found({ summary, list }) {
  return onPage(matches(summary, list), list.page);
}

export function draw({ route, answers: { summary, list }, now, act }) {
  return [
    notices(summary),
    h("div", { class: "summary" },
      h("div", { class: "headline" }, h("h1", { tabindex: -1 }, headline(summary))),
      strip(list.states),
      h("nav", { class: "tiles", "aria-label": "Filter by state" }, tiles(route, list.states)),
      asides(summary, now)),
    h("div", { class: "tools" },
      searchField(route, "Search targets, addresses, names, serials …", act),
      labelField(route, summary.labels ?? [], act),
      chips(route, summary.labels ?? []),
      h("p", { class: "tail" }, h("span", {}, matches(summary, list)))),
    h("section", { class: "card", "aria-label": "Handshakes" },
      list.rows.length === 0 ? h("p", { class: "empty" }, summary.handshakes.total ? "Nothing matches. " : "Nothing is configured. ", h("a", { href: "#/" }, "Show all"))
        : h("div", { class: "wide" }, table(route, list.rows, now)),
      pager(route, list)),
  ];
}

function matches(summary, list) {
  return `${number(list.total)} of ${count(summary.handshakes.total, "handshake")}`;
}

function headline({ targets, ready, old }) {
  if (targets.total === 0) return "No targets";
  if (!ready && targets.pending > 0) return `Probing ${count(targets.total, "target")} for the first time`;
  return `${targets.healthy === targets.total ? "All" : `${number(targets.healthy)} of`} ${count(targets.total, "target")} healthy${old > 0 ? " when last probed" : ""}`;
}

function strip(counts) {
  return h("div", { class: "strip", "aria-hidden": "true" },
    Object.keys(states).filter(state => counts[state] > 0).map(state => h("i", { key: state, class: `is-${state}`, vars: { "--share": String(counts[state]) } })));
}

/** Each leads to the rows of its state, and from there back to all. */
function tiles(route, counts) {
  const chosen = (route.query.get("state") ?? "").split(",");
  return Object.entries(states).map(([state, { word, icon: sign }]) => {
    const current = chosen.includes(state);
    return h("a", {
      key: state, class: `tile is-${state}${counts[state] ? "" : " is-none"}`, "aria-current": current ? "true" : null,
      href: changed(route, { state: current ? null : state, page: null }),
    }, icon(sign), h("b", {}, number(counts[state])), h("span", {}, word));
  });
}

/** The label that the field shows: the first of those in the address that it offers. The others are chips. */
function chosenLabel(route, labels) {
  return route.query.getAll("label").find(label => labels.some(({ name, values }) => values.some(value => label === `${name}=${value}`))) ?? "";
}

function labelField(route, labels, act) {
  if (labels.length === 0) return null;
  const chosen = chosenLabel(route, labels);
  const others = without(route.query.getAll("label"), chosen);
  return h("span", { class: "field" }, h("label", { for: "label" }, "Label"),
    h("select", { id: "label", value: chosen, onchange: event => act.go(changed(route, { label: [event.target.value, ...others], page: null })) },
      h("option", { value: "" }, "any"),
      labels.flatMap(({ name, values }) => values.map(value => h("option", { value: `${name}=${value}` }, visible(`${name}=${value}`, 60))))));
}

/** The filters that no field shows, to be taken away one by one. */
function chips(route, labels) {
  const chosen = chosenLabel(route, labels);
  return filters.filter(name => !["q", "state"].includes(name)).flatMap(name => {
    const set = [...new Set(route.query.getAll(name))];
    return set.filter(value => value !== "" && !(name === "label" && value === chosen)).map(value => h("a", {
      key: name + "\n" + value, class: "tag is-marked", href: changed(route, { [name]: without(set, value), page: null }), onclick: goOnBefore,
    }, `${name}: `, text(value), " ×", h("span", { class: "unseen" }, " remove this filter")));
  });
}

/** The focus goes on before the filter that has it goes. */
function goOnBefore({ currentTarget: chip }) {
  const next = chip.nextElementSibling;
  (next.matches("a") ? next : document.getElementById("search")).focus();
}

function without(values, one) {
  return values.filter(value => value !== one);
}

function table(route, rows, now) {
  const sort = { route, fallback: "severity" };
  return h("table", { class: "fleet is-cards" },
    h("thead", {}, h("tr", {},
      sortHeader(sort, "severity", "State"), sortHeader(sort, "target", "Target"), sortHeader(sort, "identity", "Credential"), h("th", { scope: "col" }, "What happened"),
      sortHeader(sort, "server_expiry", "Server certificate"), sortHeader(sort, "client_expiry", "Our certificate"),
      sortHeader(sort, "tls", "TLS"), sortHeader(sort, "since", "Since"), sortHeader(sort, "at", "Probed"))),
    h("tbody", {}, rows.map(row => line(row, now))));
}

function line(row, now) {
  const bad = row.state !== "healthy" && row.state !== "pending";
  const { target, address, identity, slot, expect } = row;
  return h("tr", { key: [target, address, identity, slot, expect].join("\n"), class: bad ? `is-bad is-${row.state}` : null },
    h("td", {}, badge(row.state, { expect })),
    h("th", { scope: "row" },
      h("div", { class: "named" }, h("a", { class: "name", href: link(["target", target], { address, identity, slot, expect }) }, text(target)),
        Object.entries(row.labels).slice(0, mostLabels).map(([name, value]) => h("span", { key: name, class: "tag" }, text(`${name}=${value}`)))),
      h("div", { class: "sub" }, mono(address))),
    h("td", { class: "is-credential", "data-label": "Credential" }, h("div", {}, credential(row))),
    h("td", { class: "says", "data-label": "What happened" }, h("div", {}, text(row.headline), row.alert && [" ", h("span", { class: "sub nowrap" }, "alert ", mono(row.alert))])),
    lifetime("Server certificate", row.server, now,
      row.leaf.in_turn ? h("span", { class: "tag" }, "in turn with others") : row.leaf.last_change && h("span", { class: "sub nowrap" }, `changed ${ago(row.leaf.last_change, now)}`)),
    lifetime("Our certificate", row.client, now),
    h("td", { "data-label": "TLS", class: row.tls ? "nowrap" : "is-empty" }, row.tls ?? ""),
    h("td", { "data-label": "Since", class: row.since ? null : "is-empty" }, time(row.since, ago(row.since, now))),
    h("td", { "data-label": "Probed", class: row.at ? "is-probed" : "is-empty" }, h("div", {}, time(row.at, ago(row.at, now)), isOld(row, now) && h("div", { class: "sub" }, h("span", { class: "tag is-old" }, "old")))));
}

/** The contract's own measure: a result older than three intervals is old. */
function isOld(row, now) {
  return row.at && now - Date.parse(row.at) > 3000 * row.interval;
}

function lifetime(label, leaf, now, more) {
  return leaf ? h("td", { "data-label": label }, h("div", {}, life(leaf, now), h("div", { class: "sub" }, serial(leaf.serial), more && [" ", more])))
    : h("td", { "data-label": label, class: "is-empty quiet" }, "–");
}
