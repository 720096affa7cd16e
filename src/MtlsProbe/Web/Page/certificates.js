// Every known certificate: its subject, its places and its expiry.
import { h } from "./dom.js";
import { changed, link } from "./route.js";
import { life, mono, names, onPage, pager, searchField, serial, sortHeader, text } from "./parts.js";
import { count, number } from "./words.js";

export const place = "certificates";

const roles = { server_leaf: "server", server_issuer: "server's issuer", credential: "our credential", credential_issuer: "our issuer", trust_anchor: "trust anchor", stored: "stored" };
const uses = { served: "served", not_loaded: "renewed, not loaded", superseded: "superseded", not_seen: "not seen at a server" };
const placesShown = 2;

export function title() {
  return "Certificates";
}

export async function load(route, get) {
  const query = search(route, ["q", "role", "use", "sort", "page", "limit"]);
  return get("api/v1/certificates" + query);
}

/** The number of rows, for screen readers. */
export function found({ total, page }) {
  return onPage(count(total, "certificate"), page);
}

export function draw({ route, answers: list, now, act }) {
  return [
    h("div", { class: "title" }, h("h1", { tabindex: -1 }, "Certificates")),
    h("div", { class: "tools" },
      searchField(route, "Search subjects, issuers, serials, targets …", act),
      h("span", { class: "field" }, h("label", { for: "role" }, "Role"),
        h("select", { id: "role", value: route.query.get("role") ?? "", onchange: event => act.go(changed(route, { role: event.target.value, page: null })) },
          h("option", { value: "" }, "any"), Object.entries(roles).map(([role, word]) => h("option", { value: role }, word)))),
      (list.certificates.some(certificate => certificate.roles.includes("stored")) || route.query.get("use")) && h("span", { class: "field" }, h("label", { for: "use" }, "Stored"),
        h("select", { id: "use", value: route.query.get("use") ?? "", onchange: event => act.go(changed(route, { use: event.target.value, page: null })) },
          h("option", { value: "" }, "any"), Object.entries(uses).map(([use, word]) => h("option", { value: use }, word)))),
      h("p", { class: "tail" }, h("span", {}, count(list.total, "certificate")), downloads(route))),
    h("section", { class: "card", "aria-label": "Certificates" },
      list.certificates.length === 0 ? h("p", { class: "empty" }, "Nothing matches. ", h("a", { href: "#/certificates" }, "Show all"))
        : h("div", { class: "wide" }, table(route, list.certificates, now)),
      pager(route, list)),
  ];
}

/** The filtered certificates on all pages. */
function downloads(route) {
  const query = search(route, ["q", "role", "use", "sort"]);
  const csv = query ? query + "&format=csv" : "?format=csv";
  return [h("a", { href: "api/v1/certificates" + csv, download: "certificates.csv" }, "CSV"), h("a", { href: "api/v1/certificates" + (query ? query + "&limit=500" : "?limit=500") }, "JSON")];
}

function search(route, allowed) {
  const query = new URLSearchParams([...route.query].filter(([name]) => allowed.includes(name))).toString();
  return query && "?" + query;
}

function table(route, certificates, now) {
  const sort = { route, fallback: "not_after" };
  return h("table", { class: "is-cards certificates" },
    h("thead", {}, h("tr", {}, sortHeader(sort, "not_after", "Valid"), sortHeader(sort, "subject", "Subject"), h("th", { scope: "col" }, "Role"), sortHeader(sort, "places", "Where"), sortHeader(sort, "issuer", "Issuer"), sortHeader(sort, "serial", "Serial"))),
    h("tbody", {}, certificates.map(certificate => h("tr", { key: certificate.sha256 },
      h("td", {}, life(certificate, now)),
      h("th", { scope: "row" }, text(certificate.subject), certificate.names_total > 0 && h("div", { class: "sub" }, names(certificate.names, certificate.names_total, "names"))),
      h("td", { "data-label": "Role" }, h("div", { class: "tags" }, certificate.roles.map(role => h("span", { class: "tag", key: role }, roles[role] ?? role)))),
      h("td", { "data-label": "Where" }, places(certificate)),
      h("td", { "data-label": "Issuer" }, text(certificate.issuer)),
      h("td", { "data-label": "Serial" }, h("div", {}, serial(certificate.serial), h("div", { class: "sub" }, text(certificate.key))))))));
}

function places({ places: all, places_total: total }) {
  const shown = all.slice(0, placesShown), more = all.slice(placesShown);
  return h("div", {}, h("ul", {}, shown.map(where)),
    total > shown.length && h("details", {}, h("summary", {}, `all ${number(total)} places`),
      h("ul", { class: "names is-long", tabindex: 0, "aria-label": "More places" }, more.map(where), total > all.length && h("li", { class: "quiet" }, `and ${number(total - all.length)} more, in the CSV`))));
}

function where({ target, address, identity, slot, trust, inventory, path, use }) {
  const key = [target, address, identity, slot, trust, inventory, path].join("\n");
  if (target) return h("li", { key }, h("a", { href: link(["target", target]) }, text(target)), " ", mono(address));
  if (identity) return h("li", { key }, h("a", { href: link(["rotation", identity]) }, text(identity)), ` (${slot})`);
  if (trust) return h("li", { key }, "trust bundle ", text(trust));
  return h("li", { key }, mono(path), ` (${inventory}) `, h("span", { class: use === "not_loaded" ? "tag is-old" : "tag" }, uses[use] ?? use));
}
