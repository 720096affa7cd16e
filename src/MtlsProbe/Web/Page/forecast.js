// What will break: a timeline of everything that expires, and each cause with what to renew and where.
import { h } from "./dom.js";
import { changed, link } from "./route.js";
import { mono, onPage, pager, serial, text, time } from "./parts.js";
import { count, left, moment, number, span } from "./words.js";

export const place = "forecast";

const day = 86_400_000; // ms
const scales = [["7d", "a week", 7], ["30d", "a month", 30], ["90d", "three months", 90], ["1y", "a year", 365], ["2y", "two years", 730]];
const usual = "1y";
const causes = {
  client_certificate: "our certificate", client_issuer: "our issuer", server_certificate: "server's certificate", server_issuer: "server's issuer",
  trust_anchor: "trust anchor", crl: "revocation list",
};
/** The marks of the timeline; the taller, the more handshakes. */
const marks = [["is-break", "breaks handshakes (taller: more of them)"], ["is-later", "these handshakes fail earlier for another cause"], ["is-renewal", "when it is usually renewed"]];
const placesShown = 4;

export function title() {
  return "What will break";
}

export async function load(route, get) {
  const query = new URLSearchParams({ within: scale(route)[0], limit: 100 });
  for (const name of ["cause", "page", "target", "identity"]) for (const value of route.query.getAll(name)) query.append(name, value);
  return get("api/v1/forecast?" + query);
}

/** The number of rows, for screen readers. */
export function found({ total, page }) {
  return onPage(count(total, "cause"), page);
}

export function draw({ route, answers, now, act }) {
  const chosen = scale(route);
  return [
    h("div", { class: "title" }, h("h1", { tabindex: -1 }, "What will break")),
    h("p", { class: "lead" }, text(answers.summary)),
    h("div", { class: "tools" },
      h("span", { class: "field" }, h("label", { for: "within" }, "Within"),
        h("select", { id: "within", value: chosen[0], onchange: event => act.go(changed(route, { within: event.target.value === usual ? null : event.target.value, page: null })) },
          scales.map(([value, word]) => h("option", { key: value, value }, word)))),
      h("span", { class: "field" }, h("label", { for: "cause" }, "Cause"),
        h("select", { id: "cause", value: route.query.get("cause") ?? "", onchange: event => act.go(changed(route, { cause: event.target.value, page: null })) },
          h("option", { value: "" }, "any"), Object.entries(causes).map(([cause, word]) => h("option", { key: cause, value: cause }, word)))),
      h("p", { class: "tail" }, h("span", {}, counted(answers)), h("a", { href: "calendar.ics" }, "Calendar"), h("a", { href: "api/v1/forecast?within=2y&limit=500" }, "JSON"))),
    answers.causes.length === 0 ? h("section", { class: "card", "aria-label": "Causes" }, nothing(route, answers, chosen[1]))
      : [horizon(answers, chosen, now), h("section", { class: "card", key: "causes", "aria-label": "Causes" }, h("div", { class: "wide" }, table(answers.causes, now)), pager(route, answers))],
  ];
}

/** The list also has causes whose handshakes fail earlier for another; the summary counts only the decisive ones. */
function counted({ causes: list, total }) {
  const decisive = list.length === total && list.filter(({ fails }) => fails > 0).length;
  return count(total, "cause") + (decisive !== false && decisive < total ? `, ${number(decisive)} decisive` : "");
}

function scale(route) {
  return scales.find(([value]) => value === route.query.get("within")) ?? scales.find(([value]) => value === usual);
}

/** Why the list is empty: nothing expires, or the filters exclude it. */
function nothing(route, { handshakes, page }, within) {
  if (page > 1 || ["cause", "target", "identity"].some(name => route.query.get(name)))
    return h("p", { class: "empty" }, "Nothing matches. ", h("a", { href: link([place], { within: route.query.get("within") }) }, "Show all"));
  return h("p", { class: "empty" }, handshakes.total > 0 ? `Nothing known expires within ${within}.` : "Nothing is configured.");
}

/** Everything that expires, on one time line; faint if a renewal is expected before. The table has the same content. */
function horizon({ causes: list, total }, [, word, days], now) {
  const at = time => `${(Math.min(1, Math.max(0, (Date.parse(time) - now) / (days * day))) * 100).toFixed(2)}%`;
  const breaking = list.filter(({ fails }) => fails > 0);
  const said = `The next ${word.replace(/^an? /, "")}: ${count(breaking.length, "cause")} ${total > list.length ? `of the ${number(list.length)} on this page, of ${number(total)}, ` : ""}${breaking.length === 1 ? "breaks" : "break"} handshakes by ${breaking.length === 1 ? "itself" : "themselves"}${breaking.length > 0 ? `, the first in ${span((Date.parse(breaking[0].at) - now) / 1000)}` : ""}.`;
  return h("section", { class: "card", key: "horizon", "aria-label": "Timeline" }, h("div", { class: "inside" },
    h("div", { class: "horizon", role: "img", "aria-label": said },
      list.filter(one => one.renewal_expected).map(one => h("i", { key: "renewal " + one.id, class: "is-renewal", vars: { "--at": at(one.renewal_expected) }, title: `${moment(one.renewal_expected)} renewal expected: ${causes[one.cause] ?? one.cause}` })),
      list.map(one => h("i", { key: one.id, class: one.fails > 0 ? "is-break" : "is-later", vars: { "--at": at(one.at), "--size": String(Math.min(1, Math.log10(1 + one.total) / 4)) }, title: `${moment(one.at)} ${causes[one.cause] ?? one.cause}, ${count(one.total, "handshake")}` }))),
    h("div", { class: "horizon-scale quiet small", "aria-hidden": "true" }, h("span", {}, "now"), h("span", {}, moment(now + days * day / 2).slice(0, 10)), h("span", {}, moment(now + days * day).slice(0, 10))),
    h("p", { class: "quiet small" }, said),
    h("ul", { class: "legend", "aria-hidden": "true" }, marks.map(([mark, word]) => h("li", { key: mark }, h("i", { class: mark }), word)))));
}

function table(list, now) {
  return h("table", { class: "is-cards causes" },
    h("thead", {}, h("tr", {}, ["Ends", "Cause", "Fails", "Where", "What to do"].map(word => h("th", { scope: "col", key: word }, word)))),
    h("tbody", {}, list.map(one => h("tr", { key: one.id },
      h("td", {}, time(one.at, left(one.at, now)), h("div", { class: "sub nowrap" }, moment(one.at)), one.renewal_expected && h("div", { class: "sub" }, "renewal expected ", time(one.renewal_expected, moment(one.renewal_expected).slice(0, 10)))),
      h("th", { scope: "row" }, h("span", { class: "tag" }, causes[one.cause] ?? one.cause), one.certificate && h("div", {}, text(one.certificate.subject), h("div", { class: "sub" }, "serial ", serial(one.certificate.serial)))),
      h("td", { "data-label": "Fails" }, h("div", {}, one.fails > 0 ? h("strong", {}, number(one.fails)) : h("span", { class: "quiet" }, "none"), one.total > one.fails && h("div", { class: "sub" }, `${count(one.total, "depends", "depend")} on it${one.fails === 0 ? (one.total === 1 ? ", but fails earlier" : ", but fail earlier") : ""}`))),
      h("td", { "data-label": "Where" }, places(one)),
      h("td", { "data-label": "What to do" }, h("div", {}, text(one.remedy), one.sources.length > 0 && h("ul", { class: "quiet small" }, one.sources.map(source => h("li", { key: source }, mono(source))))))))));
}

function places({ handshakes, total }) {
  const shown = handshakes.slice(0, placesShown), more = handshakes.slice(placesShown);
  return h("div", {}, h("ul", {}, shown.map(where)),
    total > shown.length && h("details", {}, h("summary", {}, `all ${number(total)}`),
      h("ul", { class: "names is-long", tabindex: 0, "aria-label": "More places" }, more.map(where), total > handshakes.length && h("li", { class: "quiet" }, `and ${number(total - handshakes.length)} more`))));
}

function where({ target, address, identity, slot }) {
  return h("li", { key: [target, address, identity, slot].join("\n") }, h("a", { href: link(["target", target], { address, identity, slot }) }, text(target)), " ", mono(address), slot === "next" && " (next)");
}
