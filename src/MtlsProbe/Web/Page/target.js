// One target: each of its handshakes at a glance, and one of them in full.
import { h } from "./dom.js";
import { link } from "./route.js";
import { badge, level, states } from "./states.js";
import { icon } from "./icons.js";
import { card, certificateFacts, copyButton, credential, facts, mono, text, time } from "./parts.js";
import { ago, count, moment, number, span } from "./words.js";
import { chainCard } from "./chain.js";
import { courseCard } from "./course.js";
import { matrixCard } from "./matrix.js";
import { latency, timeline, waterfall } from "./charts.js";
import { probeButton } from "./probe.js";
import { eventList } from "./events.js";
import { Refusal } from "./api.js";

export const place = "targets";

const changesShown = 15;
const mostRows = 500; // rows of the overview of handshakes

export function title(route) {
  return route.path[1] ?? "";
}

/**
 * Rows of all handshakes, and everything about the one in the address, otherwise about the worst. The same handshake stays selected while the
 * reader stays, even if another becomes the worst.
 */
export async function load(route, get, answers) {
  const name = route.path[1] ?? "";
  const at = `api/v1/targets/${encodeURIComponent(name)}`;
  const { rows, total } = await get("api/v1/handshakes?" + new URLSearchParams({ target: name, sort: "target", limit: mostRows }));
  const selected = rows.find(row => isAsked(row, route.query)) ?? rows.find(row => same(row, answers?.detail?.handshakes[0])) ?? worst(rows);
  const events = get("api/v1/events?" + new URLSearchParams({ target: name, limit: changesShown })).catch(() => null); // a target can be shown without its history
  try {
    const detail = await get(at + (selected ? "?" + new URLSearchParams({ ...selection(selected), limit: 1 }) : ""));
    return { rows, total, detail, events: await events };
  } catch (error) {
    if (!(error instanceof Refusal && error.isOurs && error.status === 404)) throw error;
    const before = await events;
    if (!before || before.total === 0) throw error;
    return { gone: { name, sentence: error.message }, events: before };
  }
}

export function draw({ answers: { rows, total, detail, events, gone }, now, act }) {
  if (gone) return goneTarget(gone, events, now);
  const { target, state } = detail;
  const shown = detail.handshakes[0];
  return [
    h("p", { class: "crumbs" }, h("a", { href: "#/" }, "Targets"), " / ", text(target.name)),
    h("div", { class: "title" },
      h("div", {},
        h("h1", { tabindex: -1 }, text(target.name)),
        h("div", { class: "meta" }, badge(state, { pill: true }), level(detail.expiring), mono(target.address), target.server_name !== target.address.replace(/:\d+$/, "") && h("span", {}, "name ", mono(target.server_name)),
          target.server_id && h("span", {}, "ID ", target.server_id.trust_domain ? ["any of ", mono(target.server_id.trust_domain)] : target.server_id.ids.map((id, index) => [index > 0 && " or ", mono(id)])),
          h("span", {}, target.protocol, target.http && [" ", mono(target.http.method + " " + target.http.path)]), h("span", {}, "trusts ", text(target.trust)), h("span", {}, `every ${span(target.interval)}`), detail.source.kind !== "configuration" && h("span", { title: detail.source.place }, "discovered by ", text(detail.source.name)),
          Object.entries(target.labels).map(([name, value]) => h("a", { key: name, class: "tag", href: link([], { label: `${name}=${value}` }) }, text(`${name}=${value}`))),
          detail.links.prometheus && h("a", { href: detail.links.prometheus, rel: "noreferrer" }, "In Prometheus"),
          detail.links.grafana && h("a", { href: detail.links.grafana, rel: "noreferrer" }, "In Grafana"))),
      probeButton(target.name, act)),
    h("div", { class: "stack" },
      rows.length > 1 && matrixCard(target.name, rows, total, detail.differences, shown),
      detail.timeline?.lines[0].total > 1 && courseCard("Its certificate over time", detail.timeline, now),
      shown && handshake(shown, rows.length > 1, now),
      events && history(target.name, events, now),
      commands(detail, shown)),
  ];
}

function history(name, events, now) {
  return card("What changed", events.total > events.events.length && h("a", { href: link(["changes"], { target: name }) }, `all ${count(events.total, "change")}`),
    events.total > 0 ? eventList(events.events, now, { isOfOne: true }) : h("p", { class: "quiet" }, "No change is known."));
}

/** A target that existed before, and what happened to it. */
function goneTarget({ name, sentence }, events, now) {
  return [
    h("p", { class: "crumbs" }, h("a", { href: "#/" }, "Targets"), " / ", text(name)),
    h("h1", { tabindex: -1 }, "Not found"),
    h("p", {}, text(sentence)),
    h("p", {}, "It existed before. If it was removed by mistake, restore it in the configuration file or in its source; it is then probed at once, and its counters start from zero."),
    h("div", { class: "stack" }, history(name, events, now)),
  ];
}

function handshake(shown, isOneOfMany, now) {
  const { record } = shown;
  return [
    verdict(shown, isOneOfMany, now),
    card("Results", shown.since && `in this state since ${moment(shown.since)}`, timeline(shown.history, now), latency(shown.history)),
    h("div", { class: "columns" }, chainCard(shown, now), h("div", { class: "stack" }, clientCard(shown, now),
      card("How long it took", null, record ? waterfall(record.timings, record.failure?.phase) : h("p", { class: "quiet" }, "Not probed yet.")))),
  ];
}

function verdict({ address, state, expect, headline, verdict: said, record, ...shown }, isOneOfMany, now) {
  const failure = record?.failure;
  return h("section", { class: `card verdict is-${state}`, "aria-label": "Verdict" }, h("div", { class: "inside" },
    h("div", { class: "main" },
      h("h2", { class: "says" }, icon(states[state]?.icon), h("span", {}, text(headline))),
      said.meaning && h("p", {}, text(said.meaning), "."),
      said.advice.length > 0 && h("div", { class: "todo" }, h("h3", {}, "What to do"), said.advice.map((sentence, index) => h("p", { key: index }, text(sentence))),
        said.runbook && h("p", {}, "Runbook: ", h("a", { href: said.runbook.served ? link(["runbook", said.runbook.alert]) : said.runbook.url, rel: "noreferrer" }, text(said.runbook.alert))))),
    facts([
      ["Credential", h("span", {}, credential({ ...shown, expect }))],
      isOneOfMany && ["Address", mono(address)],
      ["Connected to", mono(record?.remote)],
      ["Connected via", said.way && text(said.way)],
      ["Reason", failure && h("span", {}, mono(`${failure.class} / ${failure.reason}`), said.explanation && [" (", h("a", { href: said.explanation.url, rel: "noreferrer", title: said.explanation.command }, "explained"), ")"], ` in phase ${failure.phase}`, failure.alert && [", alert ", mono(`${failure.alert.name} (${failure.alert.code})`)])],
      ["Evidence", said.evidence && text(said.evidence)],
      ["Control", said.control && text(said.control)],
      ["Detail", said.detail && text(said.detail)],
      ["Probed", shown.at && [time(shown.at, ago(shown.at, now)), ", ", h("span", { class: "nowrap" }, moment(shown.at))]],
      ["Last success", shown.last_success && shown.last_success !== shown.at && [time(shown.last_success, ago(shown.last_success, now)), ", ", h("span", { class: "nowrap" }, moment(shown.last_success))]],
    ])));
}

function clientCard({ record, client, acceptable_issuers: issuers }, now) {
  const seen = record?.client_certificate;
  return card("What the server asked for", null,
    !seen ? h("p", { class: "quiet" }, "Not known: the server did not send its part of the handshake.")
      : !seen.requested ? h("p", {}, "No client certificate.")
        : [
          h("p", {}, issuers.total === 0 ? "A client certificate; it named no issuers." : `A client certificate from ${issuers.total === 1 ? "this issuer" : `one of ${count(issuers.total, "issuer")}`}. `, fits(seen)),
          issuers.total > 0 && h("ul", { class: "issuers" }, issuers.shown.map(({ name, ours }) => h("li", { key: name }, text(name), ours && [" ", h("span", { class: "tag is-marked" }, "issued ours")])),
            issuers.total > issuers.shown.length && h("li", { class: "quiet" }, `and ${number(issuers.total - issuers.shown.length)} more`)),
        ],
    h("h2", { class: "next" }, "What we presented"),
    seen?.presented ? h("div", { class: "certificate" }, h("p", { class: "who" }, text(seen.presented.subject)), certificateFacts(seen.presented, now))
      : h("p", { class: "quiet" }, "No certificate."));
}

function fits({ issuer_acceptable: acceptable }) {
  return acceptable === true ? "Our chain leads to one that it named." : acceptable === false ? "Our chain does not lead to any that it named." : null;
}

function commands(detail, shown) {
  const list = [
    ["The same probes with mtlsprobe", detail.commands.probe],
    shown && ["This handshake alone", shown.commands.probe],
    shown && ["This handshake with openssl", shown.commands.openssl],
    shown && ["This request with curl", shown.commands.curl],
  ].filter(pair => pair && pair[1]);
  return card("In a terminal", null, list.map(([heading, command]) => h("div", { class: "command", key: heading },
    h("h3", {}, heading), h("pre", { tabindex: 0, "aria-label": heading }, h("bdi", {}, command)), copyButton(command, heading))));
}

function isAsked(row, query) {
  return ["address", "identity", "slot", "expect"].some(name => query.has(name)) && ["address", "identity", "slot", "expect"].every(name => !query.has(name) || query.get(name) === row[name]);
}

function same(row, other) {
  return other && row.address === other.address && row.identity === other.identity && row.slot === other.slot && row.expect === other.expect;
}

function selection({ address, identity, slot, expect }) {
  return { address, identity, slot, expect };
}

/** The handshake that most readers look for; the replacement that is being rolled out comes after the credentials in use. */
function worst(rows) {
  const order = Object.keys(states);
  const rank = row => (row.slot === "next" ? order.length : 0) + order.indexOf(row.state);
  return rows.reduce((found, row) => (found === null || rank(row) < rank(found) ? row : found), null);
}
