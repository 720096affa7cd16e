// A row for each target, with a chip for each credential; its handshakes open in place.
import { h } from "./dom.js";
import { changed, link } from "./route.js";
import { icon } from "./icons.js";
import { badge, level, states, wordOf } from "./states.js";
import { credential, life, mono, serial, sortHeader, text, time } from "./parts.js";
import { matrixTable } from "./matrix.js";
import { ago, count, number, span } from "./words.js";

/** The number of labels in a row; the target's own view has them all. */
const mostLabels = 4;

const columns = 7;

export function fleetTable(route, rows, handshakes, now, act, { isSorted = true } = {}) {
  const sort = { route, fallback: "severity" };
  const head = (column, word) => (isSorted ? sortHeader(sort, column, word) : h("th", { scope: "col" }, word));
  return h("table", { class: "fleet is-cards" },
    h("thead", {}, h("tr", {},
      head("severity", "State"), head("target", "Target"), h("th", { scope: "col" }, "What happened"), head("identity", "Credentials"),
      head("server_expiry", "Server certificate"), head("client_expiry", "Our certificate"), head("since", "For"))),
    h("tbody", {}, rows.flatMap(row => {
      const isOpen = route.query.getAll("open").includes(row.target);
      return [line(route, row, isOpen, now, act), isOpen && inside(row, handshakes)];
    })));
}

function line(route, row, isOpen, now, act) {
  const bad = row.state !== "healthy" && row.state !== "pending";
  return h("tr", { key: row.target, class: ["target", bad ? `is-bad is-${row.state}` : row.expiring && `is-bad is-${row.expiring}`].filter(Boolean).join(" ") },
    h("td", {}, badge(row.state), level(row.expiring)),
    h("th", { scope: "row" },
      h("div", { class: "named" }, h("a", { class: "name", href: link(["target", row.target]) }, text(row.target)),
        Object.entries(row.labels).slice(0, mostLabels).map(([name, value]) => h("span", { key: name, class: "tag" }, text(`${name}=${value}`)))),
      h("div", { class: "sub" }, mono(row.address))),
    h("td", { class: "says", "data-label": "What happened" }, h("div", {}, text(row.headline), row.alert && [" ", h("span", { class: "sub nowrap" }, "alert ", mono(row.alert))],
      row.answer && h("div", { class: "sub" }, text(row.answer)))),
    h("td", { class: "is-credential", "data-label": "Credentials" }, chips(route, row, isOpen, act)),
    lifetime("Server certificate", row.server, now,
      row.in_turn ? h("span", { class: "tag" }, "in turn with others") : row.last_change && h("span", { class: "sub nowrap" }, `changed ${ago(row.last_change, now)}`)),
    lifetime("Our certificate", row.client, now),
    h("td", { "data-label": "For", class: row.since ? "is-probed" : "is-empty" },
      h("div", {}, time(row.since, row.since && span((now - Date.parse(row.since)) / 1000)), h("div", { class: "sub" }, row.at && h("span", { class: "nowrap" }, "probed ", time(row.at, ago(row.at, now))), row.old && [" ", h("span", { class: "tag is-old" }, "old")]))));
}

/** The credentials with their states, and the button that shows each handshake. */
function chips(route, row, isOpen, act) {
  if (row.handshakes === 0) return h("span", { class: "quiet" }, "no address is known yet");
  const others = row.credentials_total - row.credentials.length;
  return h("div", { class: "chips" },
    row.credentials.map(one => h("span", { key: [one.identity, one.slot, one.expect].join("\n"), class: `chip is-${one.state}` },
      icon(states[one.state]?.icon ?? "question"), h("span", {}, credential(one)), h("span", { class: "unseen" }, ` ${wordOf(one.state, one.expect)}`),
      one.addresses > 1 && h("span", { class: "quiet" }, one.in_state === one.addresses ? ` × ${number(one.addresses)}` : ` ${number(one.in_state)} of ${number(one.addresses)}`))),
    others > 0 && h("span", { class: "quiet" }, `and ${number(others)} more`),
    row.handshakes > 1 && h("button", {
      class: "opener", type: "button", "aria-expanded": String(isOpen),
      onclick: () => {
        const open = route.query.getAll("open");
        act.replace({ open: isOpen ? open.filter(name => name !== row.target) : [...open, row.target] });
      },
    }, isOpen ? "Hide handshakes" : count(row.handshakes, "handshake"), h("span", { class: "unseen" }, ` of ${row.target}`)));
}

function inside(row, handshakes) {
  const own = handshakes.filter(({ target }) => target === row.target);
  return h("tr", { key: row.target + "\nopen", class: "inside" }, h("td", { colspan: columns },
    own.length === 0 ? h("p", { class: "quiet" }, "Asking the exporter …") : h("div", { class: "wide" }, matrixTable(row.target, own)),
    own.length > 0 && own.length < row.handshakes && h("p", { class: "quiet small" }, h("a", { href: link(["target", row.target]) }, `All ${count(row.handshakes, "handshake")}`))));
}

function lifetime(label, leaf, now, more) {
  return leaf ? h("td", { "data-label": label, class: leaf.expiring ? null : "is-fine" }, h("div", {}, life(leaf, now), h("div", { class: "sub" }, serial(leaf.serial), more && [" ", more])))
    : h("td", { "data-label": label, class: "is-empty quiet" }, "–");
}
