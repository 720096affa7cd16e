// The parts of the fleet's summary besides the counts.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./route.js";
import { mono, text } from "./parts.js";
import { count, left, moment, number, sentence } from "./words.js";

/** Problems of the exporter itself. */
export function notices({ configuration, sources = [], broken, old, clocks, storage }) {
  return [
    clocks?.suspected && notice("clocks", "The clock of the exporter is suspected.",
      `${number(Math.max(clocks.ahead, clocks.behind))} of ${number(clocks.known)} hosts whose clock is known are more than 30 s ${clocks.ahead > clocks.behind ? "ahead of" : "behind"} it: verdicts on expired and not yet valid certificates may be wrong.`),
    old > 0 && notice("old", "Results are old.",
      `The last ${old === 1 ? "result of 1 handshake is" : `results of ${count(old, "handshake")} are`} older than three intervals and may be outdated.`),
    !configuration.last_reload_successful && refused(configuration),
    ...sources.filter(({ up }) => up === false).map(away),
    ...sources.filter(({ left_out: leftOut }) => leftOut > 0).map(leftOut),
    storage?.fault && notice("storage", "Changes cannot be saved.", ["They are in memory only, and are lost at a restart. Probes are not affected. ", text(storage.fault)]),
    broken.credentials.length > 0 && notice("credentials", "Credentials cannot be loaded.",
      ["The last good ones stay in use, if there were any: ", list(broken.credentials.map(({ identity, slot }) => h("a", { href: link(["rotation", identity]) }, text(`${identity} (${slot})`)))), "."]),
    broken.trusts.length > 0 && notice("trusts", "Trust bundles cannot be loaded.", ["The last good ones stay in use, if there were any: ", list(broken.trusts.map(name => text(name))), "."]),
  ];
}

/** Facts that deserve attention, each with a link. */
export function asides({ shard, expiries, rotations, disagreeing, not_asked: notAsked, expiring }, now) {
  const expired = expiries.server.expired + expiries.client.expired + expiries.trust.expired;
  const soonest = [expiries.server, expiries.client, expiries.trust].map(expiry => expiry.soonest).filter(Boolean)
    .sort((one, other) => Date.parse(one.not_after) - Date.parse(other.not_after))[0];
  return h("div", { class: "asides" },
    shard && h("p", { key: "shard" }, icon("copy"), `Shard ${number(shard.number)} of ${number(shard.count)}: ${number(shard.targets)} of the ${count(shard.fleet_targets, "target")} of all shards`),
    expired > 0 && h("p", { key: "expired" }, icon("warning"), h("a", { href: "#/certificates" }, `${count(expired, "certificate")} expired`)),
    soonest && h("p", { key: "soonest" }, icon("clock"), h("span", {}, "Next to expire: ", where(soonest), `, ${left(soonest.not_after, now)}`)),
    rotations.map(rotation => h("p", { key: "rotation " + rotation.identity }, icon("turn"),
      h("span", {}, "Rotation of ", h("a", { href: link(["rotation", rotation.identity]) }, text(rotation.identity)), ": ", text(rotation.sentence)))),
    expiring.late > 0 && h("p", { key: "late" }, icon("clock"), h("a", { href: link([], { expiring: "late" }) }, `${count(expiring.late, "target")} with certificates that were renewed late`)),
    disagreeing > 0 && h("p", { key: "disagreeing" }, icon("diamond"), `${count(disagreeing, "target")} with replicas that serve different certificates`),
    notAsked > 0 && h("p", { key: "asked" }, icon("door"), `${count(notAsked, "handshake")} accepted by servers that never asked for our certificate`));
}

/** What is wrong with the file and where, and which configuration is in use. */
function refused({ file, loaded, refused_since: since, errors, errors_total: total }) {
  return notice("reload", since ? `The configuration file has been refused since ${moment(since)}.` : "The configuration file is refused.", [
    "The configuration loaded at ", h("span", { class: "nowrap" }, moment(loaded)), " stays in use, with its targets. Fix the file; it is loaded automatically.",
    mistakes(errors),
    total > errors.length && h("span", {}, `and ${number(total - errors.length)} more. `),
    h("span", { class: "quiet" }, "To see all of them: ", h("code", {}, text(`mtlsprobe check-config --config.file ${file}`))),
  ]);
}

/** A source that does not deliver all of its targets. */
function away({ name, targets, since, fault }) {
  return notice("source " + name, since ? `The source ${name} has been failing since ${moment(since)}.` : `The source ${name} fails.`,
    [targets > 0 && `Its last ${count(targets, "target")} ${targets === 1 ? "is" : "are"} still probed; new ones are missed. `, text(sentence(fault))]);
}

/** Targets of a source that are not probed, and why. */
function leftOut({ name, left_out: total, rejected, duplicates }) {
  return notice("left out " + name, `${count(total, "target")} of the source ${name} ${total === 1 ? "is" : "are"} not probed.`, [
    mistakes(rejected),
    duplicates.length > 0 && h("span", {}, "Other targets already have these names: ", list(duplicates.map(one => text(one))), ". "),
  ]);
}

/** The place of a mistake, what is wrong, and how to correct it. */
function mistakes(found) {
  return found.length > 0 && h("ul", { class: "mistakes" }, found.map(({ place, problem, hint }, index) => h("li", { key: index },
    mono(place), ": ", text(sentence(problem)), hint && h("span", { class: "quiet" }, " Hint: ", text(sentence(hint))))));
}

function where({ place, subject }) {
  if (place.target) return h("a", { href: link(["target", place.target]) }, text(place.target));
  if (place.identity) return h("a", { href: link(["rotation", place.identity]) }, text(place.identity));
  return text(subject);
}

function notice(key, heading, said) {
  return h("div", { key, class: "notice is-old" }, icon("warning"), h("div", {}, h("strong", {}, heading), h("div", {}, said)));
}

function list(items) {
  return items.slice(0, 10).flatMap((item, index) => (index ? [", ", item] : [item])).concat(items.length > 10 ? ` and ${items.length - 10} more` : []);
}
