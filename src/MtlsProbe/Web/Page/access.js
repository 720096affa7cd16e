// Who may call whom: targets, the identities that each must accept or refuse, and the results.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { changed, link } from "./route.js";
import { mono, onPage, pager, searchField, text, time } from "./parts.js";
import { ago, count, number, visible } from "./words.js";

export const place = "access";

/** The most urgent first. Undeclared and closed come only from the command. */
const states = {
  unexpected_access: { word: "unexpected access", icon: "door", tone: "not_enforced" },
  unexpected_refusal: { word: "unexpected refusal", icon: "bar", tone: "refused" },
  unknown: { word: "not known", icon: "question", tone: "unconfirmed" },
  pending: { word: "pending", icon: "clock", tone: "pending" },
  as_expected: { word: "as expected", icon: "tick", tone: "healthy" },
};
const keys = { identity: "its identity", accepts: "accepts", must_reject: "must_reject", others: "must_reject: others" };
const filters = ["q", "target", "identity", "label", "state", "page", "limit"];

export function title() {
  return "Access";
}

export async function load(route, get) {
  const query = new URLSearchParams([...route.query].filter(([name]) => filters.includes(name))).toString();
  const [list, known] = await Promise.all([get("api/v1/matrix" + (query && "?" + query)), get("api/v1/identities?limit=500")]);
  return { list, known: known.identities.map(identity => identity.name) };
}

/** The number of rows, for screen readers. */
export function found({ list }) {
  return onPage(count(list.total, "target"), list.page);
}

export function draw({ route, answers: { list, known }, now, act }) {
  return [
    h("div", { class: "title" }, h("h1", { tabindex: -1 }, "Who may call whom")),
    h("nav", { class: "tiles", "aria-label": "Filter by state" }, tiles(route, list.states)),
    h("div", { class: "tools" },
      searchField(route, "Search targets, addresses, labels …", act),
      h("span", { class: "field" }, h("label", { for: "identity" }, "Identity"),
        h("select", { id: "identity", value: route.query.get("identity") ?? "", onchange: event => act.go(changed(route, { identity: event.target.value, page: null })) },
          h("option", { value: "" }, "any"), h("option", { value: "none" }, "no certificate"), known.map(name => h("option", { value: name }, visible(name, 60))))),
      h("p", { class: "tail" }, h("span", {}, count(list.total, "target")), h("a", { href: "api/v1/matrix" + json(route) }, "JSON"))),
    h("section", { class: "card", "aria-label": "Who may call whom" },
      list.targets.length === 0 ? h("p", { class: "empty" }, route.query.size === 0 ? "There are no targets." : ["Nothing matches. ", h("a", { href: "#/access" }, "Show all")])
        : h("div", { class: "wide" }, table(list, now)),
      list.identities_total > list.identities.length && h("p", { class: "pages" }, `The first ${number(list.identities.length)} of ${number(list.identities_total)} identities. Choose one above, or a state.`),
      pager(route, list)),
  ];
}

function json(route) {
  const query = new URLSearchParams([...route.query].filter(([name]) => filters.includes(name) && name !== "page")).toString();
  return query && "?" + query;
}

/** Each tile links to the pairs in its state, and from there back to all. */
function tiles(route, counts) {
  const chosen = (route.query.get("state") ?? "").split(",");
  return Object.entries(states).map(([state, { word, icon: sign, tone }]) => {
    const current = chosen.includes(state);
    return h("a", {
      key: state, class: `tile is-${tone}${counts[state] ? "" : " is-none"}`, "aria-current": current ? "true" : null,
      href: changed(route, { state: current ? null : state, page: null }),
    }, icon(sign), h("b", {}, number(counts[state])), h("span", {}, word));
  });
}

function table({ targets, identities }, now) {
  return h("table", { class: "matrix is-list" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Target"), identities.map(name => h("th", { scope: "col", key: name }, name === "none" ? "no certificate" : text(name))))),
    h("tbody", {}, targets.map(line => {
      const pairs = new Map(line.pairs.map(pair => [pair.identity, pair]));
      return h("tr", { key: line.target },
        h("th", { scope: "row" }, h("a", { href: link(["target", line.target]) }, text(line.target)), h("div", { class: "sub" }, mono(line.address))),
        identities.map(name => h("td", { key: name, "data-label": name === "none" ? "no certificate" : visible(name), class: pairs.has(name) ? null : "is-empty" }, pairs.has(name) ? cell(line, pairs.get(name), now) : h("span", { class: "quiet" }, "–"))));
    })));
}

function cell(line, pair, now) {
  const { identity, expected, by, state, address } = pair;
  const { icon: sign, tone } = states[state] ?? states.unknown;
  return [
    h("a", { class: `state is-${tone}`, href: link(["target", line.target], { address, identity, slot: "current", expect: expected }), title: hint(pair) }, icon(sign), words(pair)),
    h("div", { class: "sub" }, keys[by] ?? by, pair.at && [", ", time(pair.at, ago(pair.at, now))]),
  ];
}

/** What the server does. */
function words({ found, state, expected }) {
  if (state === "unexpected_access") return "let in";
  if (state === "unexpected_refusal") return "refused";
  if (state === "pending") return "pending";
  if (state === "unknown") return "not known";
  return found === "accepted" ? "accepted" : expected === "reject" ? "kept out" : "refused";
}

function hint({ expected, accepted, rejected, unknown, reason }) {
  const should = expected === "reject" ? "Must be refused." : "Must be accepted.";
  return [should, accepted > 0 && `Accepted at ${number(accepted)}.`, rejected > 0 && `Refused at ${number(rejected)}.`, unknown > 0 && `Not known at ${number(unknown)}.`, reason && visible(reason)].filter(Boolean).join(" ");
}
