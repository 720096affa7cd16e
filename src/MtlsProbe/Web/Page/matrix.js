// The handshakes of a target side by side: a row for each address, a column for each credential. Each cell links to its handshake.
import { h } from "./dom.js";
import { link } from "./route.js";
import { badge } from "./states.js";
import { icon } from "./icons.js";
import { credential, credentialWords, mono, serial, text } from "./parts.js";
import { count, number } from "./words.js";

const column = ({ identity, slot, expect }) => [identity, slot, expect].join("\n");

export function matrixCard(target, rows, total, differences, shown) {
  const columns = [...new Map(rows.map(row => [column(row), row])).values()];
  const addresses = Map.groupBy(rows, row => row.address);
  return h("section", { class: "card", "aria-label": "Handshakes" },
    h("header", {}, h("h2", {}, "Handshakes"), h("span", { class: "quiet" }, `${count(addresses.size, "address", "addresses")}, ${count(columns.length, "credential")}`)),
    h("div", { class: "wide" }, matrixTable(target, rows, shown)),
    total > rows.length && h("p", { class: "pages" }, `The first ${number(rows.length)} of ${number(total)} handshakes. `, h("a", { href: `api/v1/handshakes?${new URLSearchParams({ target, limit: 500, page: 2 })}` }, "The others as JSON")),
    differences.found.length > 0 && h("div", { class: "inside differences" }, h("h3", {}, `How the ${number(differences.addresses)} addresses differ`), differences.found.map(difference)));
}

/** Only the table. Columns of credentials that are refused everywhere, as they must be, come last. */
export function matrixTable(target, rows, shown) {
  const calm = new Set(rows.map(column));
  for (const row of rows) if (row.expect !== "reject" || row.state !== "healthy") calm.delete(column(row));
  const columns = [...new Map(rows.map(row => [column(row), row])).values()].sort((one, other) => calm.has(column(one)) - calm.has(column(other)));
  return h("table", { class: "matrix is-list" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Address"), columns.map(one => h("th", { scope: "col", key: column(one) }, credential(one))), h("th", { scope: "col" }, "Server's serial"))),
    h("tbody", {}, [...Map.groupBy(rows, row => row.address)].map(([address, cells]) => line(target, address, cells, columns, shown))));
}

function line(target, address, cells, columns, shown) {
  const server = cells.find(cell => cell.expect === "accept" && cell.server) ?? cells.find(cell => cell.server);
  return h("tr", { key: address }, h("th", { scope: "row" }, mono(address)),
    columns.map(one => {
      const cell = cells.find(candidate => column(candidate) === column(one));
      return h("td", { key: column(one), "data-label": credentialWords(one), class: cell ? null : "is-empty" }, cell ? cellLink(target, cell, shown) : h("span", { class: "quiet" }, "–"));
    }),
    h("td", { "data-label": "Server's serial" }, server ? [serial(server.server.serial), server.leaf.in_turn && [" ", h("span", { class: "tag" }, "in turn with others")]] : h("span", { class: "quiet" }, "–")));
}

function cellLink(target, cell, shown) {
  const { address, identity, slot, expect } = cell;
  const current = shown && shown.address === address && column(shown) === column(cell);
  const { props, children, tag } = badge(cell.state, { expect });
  return h("a", { ...props, href: link(["target", target], { address, identity, slot, expect }), "aria-current": current ? "true" : null, title: cell.headline }, children, cell.reason && h("span", { class: "reason" }, cell.reason));
}

function difference({ question, groups }) {
  return h("div", { key: question }, h("h4", {}, text(question)), h("ul", {}, groups.map(group => h("li", { key: group.answer },
    icon(group.good === true ? "tick" : group.good === false ? "warning" : "dot"), h("span", {}, text(group.answer), ": ",
      group.addresses.slice(0, 6).flatMap((address, index) => [index > 0 && ", ", mono(address)]), group.total > Math.min(6, group.addresses.length) && ` and ${number(group.total - Math.min(6, group.addresses.length))} more`)))));
}
