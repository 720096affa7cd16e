// Rotation: the step of each identity, what is missing before the next step is safe, and who accepts what.
import { h } from "./dom.js";
import { link } from "./route.js";
import { badge } from "./states.js";
import { icon } from "./icons.js";
import { card, credential, credentialWords, life, mono, onPage, pager, serial, text, time } from "./parts.js";
import { evidence } from "./chain.js";
import { courseCard } from "./course.js";
import { eventList } from "./events.js";
import { count, moment, number, span } from "./words.js";

export const place = "rotation";

const steps = [
  ["trust_first", "Trust first", "every server accepts the next credential"],
  ["clients", "Clients", "the next credential becomes the current one"],
  ["clean_up", "Clean-up", "servers refuse the old credential"],
];
const at = { none: -1, trust_first: 0, clients: 1, switching: 1, clean_up: 2 };
/** The number of steps for which the exporter has evidence: while clients switch, nothing shows yet that every server accepts the new credential. */
const done = { trust_first: 0, clients: 1, switching: 0, clean_up: 2 };
const placesShown = 5;
const changesShown = 15;

export function title(route) {
  return route.path[1] ? `Rotation of ${route.path[1]}` : "Rotation";
}

export async function load(route, get) {
  const list = await get("api/v1/identities?limit=500");
  const name = route.path[1] ?? list.identities[0]?.name;
  if (name === undefined) return { list, detail: null };
  const page = route.query.get("page");
  const [detail, events] = await Promise.all([
    get(`api/v1/identities/${encodeURIComponent(name)}` + (page ? "?" + new URLSearchParams({ page }) : "")),
    get("api/v1/events?" + new URLSearchParams({ identity: name, topic: "credential", limit: changesShown })),
  ]);
  return { list, detail, events };
}

/** The number of rows, for screen readers. */
export function found({ detail }) {
  return detail && onPage(count(detail.total, "address", "addresses"), detail.page);
}

export function draw({ route, answers: { list, detail, events }, now }) {
  return [
    h("div", { class: "title" }, h("h1", { tabindex: -1 }, "Rotation")),
    detail === null ? h("p", { class: "empty" }, "No identities are configured.")
      : h("div", { class: "beside" },
        h("nav", { class: "identities", "aria-label": "Identities" }, list.identities.map(identity => h("a", {
          key: identity.name, href: link(["rotation", identity.name]), "aria-current": identity.name === detail.identity.name ? "page" : null,
        }, h("span", { class: "name" }, text(identity.name)), h("span", { class: "quiet small" }, brief(identity))))),
        h("div", { class: "stack" }, standing(detail), courseCard("Over time", detail.timeline, now), slots(detail.identity, now), matrix(route, detail), past(detail.identity.name, events, now))),
  ];
}

function brief({ addresses, refused_by: refusedBy, rotation }) {
  if (rotation.step !== "none") return `${steps[at[rotation.step]][1].toLowerCase()}, ${rotation.ready ? "ready" : count(rotation.missing, "thing") + " missing"}`;
  return [addresses > 0 && `presented to ${count(addresses, "address", "addresses")}`, refusedBy > 0 && `must be refused by ${count(refusedBy, "target")}`].filter(Boolean).join(", ") || "not in use";
}

/** Whether a step is done: by the step that the rotation has reached, or by the lines of the last rotation if there is none now. */
function isDone(index, { step }, timeline) {
  if (step !== "none") return index < done[step];
  const ended = kind => timeline?.lines.find(line => line.kind === kind && line.complete);
  return steps[index][0] === "clean_up" ? ended("old_refused")?.total === ended("in_use")?.total && Boolean(ended("in_use")) : Boolean(ended("in_use"));
}

function standing({ identity: { name, rotation }, missing, timeline }) {
  const now = at[rotation.step];
  return h("section", { class: "card rotation" },
    h("header", {}, h("h2", {}, text(name))),
    h("div", { class: "inside" },
      h("p", { class: "lead" }, text(rotation.sentence)),
      h("ol", { class: "steps" }, steps.map(([step, word, what], index) => h("li", {
        key: step, class: index === now ? "is-now" : isDone(index, rotation, timeline) ? "is-done" : null, "aria-current": index === now ? "step" : null,
      }, word, index !== now && isDone(index, rotation, timeline) && h("span", { class: "unseen" }, ", done"), h("span", {}, what)))),
      rotation.step !== "none" && (missing.length === 0
        ? h("p", { class: "state is-healthy" }, icon("tick"), "Nothing is missing: the next step is safe.")
        : h("div", {}, h("h3", {}, rotation.step === "clean_up" ? "Missing before the rotation is over" : "Missing before the next step is safe"), h("ul", { class: "missing" }, missing.map(lack))))));
}

function lack({ kind, sentence, places, total }) {
  return h("li", { key: kind + sentence }, icon("warning"), h("div", {}, h("p", {}, text(sentence)),
    places.length > 0 && h("ul", { class: "places-of" }, places.slice(0, placesShown).map(one => h("li", { key: [one.target, one.address, one.identity, one.slot].join("\n") },
      h("a", { href: link(["target", one.target], { address: one.address, identity: one.identity, slot: one.slot }) }, text(one.target)), " ", mono(one.address), one.why && [": ", text(one.why)])),
    total > placesShown && h("li", { class: "quiet" }, `and ${number(total - placesShown)} more, below`))));
}

function slots({ slots: all }, now) {
  return card("Credentials", null, h("div", { class: "slots" }, all.map(({ slot, files, source, staged, loaded, fault, certificates, revocation, revoked_since: revoked }) => {
    const leaf = certificates[0];
    return h("div", { key: slot }, h("h3", {}, slot, loaded === false && [" ", h("span", { class: "state is-failed" }, icon("warning"), "broken")],
        revoked && [" ", h("span", { class: "state is-failed" }, icon("warning"), "revoked")]),
      !staged && !leaf ? h("p", { class: "quiet" }, "Not staged.") : null,
      fault && h("p", {}, text(fault)),
      leaf && [h("p", {}, text(leaf.subject)), life(leaf, now), h("p", { class: "quiet small" }, "issued by ", text(leaf.issuer)), h("p", { class: "quiet small" }, "serial ", serial(leaf.serial)), revocation.filter(line => line.depth === 0 || line.status === "revoked").map(evidence)],
      source && h("p", { class: "quiet small" }, source.connected ? "connected" : "not connected", "; last update: ", source.last_update ? moment(source.last_update) : "none yet"),
      h("ul", { class: "quiet small" }, files.map(file => h("li", { key: file }, mono(file)))));
  })));
}

function matrix(route, detail) {
  const { columns, rows, identity } = detail;
  if (rows.length === 0) return h("p", { class: "empty" }, "This identity is presented to no target.");
  return h("section", { class: "card", "aria-label": "Who accepts what" },
    h("header", {}, h("h2", {}, "Who accepts what"), h("span", { class: "quiet" }, `${count(identity.targets, "target")}, ${count(detail.total, "address", "addresses")}`)),
    h("div", { class: "wide" }, h("table", { class: "matrix is-list" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Target"), columns.map(column => h("th", { scope: "col", key: Object.values(column).join("\n") }, credential(column), column.revoked_since && h("div", { class: "sub" }, `revoked by its issuer, evidence of ${moment(column.revoked_since)}`))))),
      h("tbody", {}, rows.map(({ target, address, cells }) => h("tr", { key: target + "\n" + address },
        h("th", { scope: "row" }, h("a", { href: link(["target", target]) }, text(target)), h("div", { class: "sub" }, mono(address))),
        cells.map((cell, index) => h("td", { key: index, "data-label": credentialWords(columns[index]), class: cell ? null : "is-empty" }, cell ? one(target, address, columns[index], cell) : h("span", { class: "quiet" }, "–")))))))),
    pager(route, detail));
}

/** What was staged, promoted and replaced, shown even after the rotation. */
function past(name, events, now) {
  return card("Credential history", events.total > events.events.length && h("a", { href: link(["changes"], { identity: name, topic: "credential" }) }, `all ${count(events.total, "change")}`),
    events.total > 0 ? eventList(events.events, now, { isOfOne: true }) : h("p", { class: "quiet" }, "No change is known."));
}

// A credential that its issuer has revoked, and the reaction of the server.
function enforcement({ outcome, enforcement_delay: delay }) {
  if (outcome === "accepted") return delay == null ? "revoked, and let in" : `revoked, and still let in after ${span(delay)}`;
  if (outcome === "rejected") return delay == null ? "revoked, and refused" : `refused ${span(delay)} after the evidence was issued`;
  return "revoked; it is not known whether it is refused";
}

/** Only the time of day, if the answer is from the same day. */
function sinceMoment({ since, at: probed }) {
  const [day, time] = moment(since).split(" ");
  return moment(probed).startsWith(day) ? time : day;
}

function one(target, address, { identity, slot, expect, revoked_since: revoked }, cell) {
  const { tag, props, children } = badge(cell.state, { expect, word: cell.state === "healthy" && expect === "accept" ? "accepted" : undefined });
  return [
    h("a", { ...props, href: link(["target", target], { address, identity, slot, expect }), title: cell.headline }, children),
    h("div", { class: "sub" }, cell.reason ? mono(cell.reason) : cell.serial ? ["serial ", serial(cell.serial)] : cell.outcome === "accepted" && expect === "accept" && "asks for none"),
    cell.since && cell.state === "healthy" && h("div", { class: "sub" }, "since ", time(cell.since, sinceMoment(cell))),
    revoked && cell.outcome && h("div", { class: "sub" }, enforcement(cell)),
  ];
}
