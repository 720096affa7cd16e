// What the server presented: its chain as a tree from the leaf to the trust anchor, or to the gap where it ends.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { card, certificateFacts, facts, life, mono, serial, text } from "./parts.js";
import { moment } from "./words.js";

export function chainCard({ chain, record, server }, now) {
  if (!chain) return card("What the server presented", null, h("p", { class: "quiet" }, server ? "No certificate in the last probe. The one before it:" : "No certificate."), server && h("div", { class: "certificate" }, facts([["Serial", mono(server.serial)], ["Valid", life(server, now)]])));
  return card("What the server presented", null,
    h("p", { class: `state is-${chain.valid ? "healthy" : "failed"}` }, icon(chain.valid ? "tick" : "warning"), judged(chain, record)),
    h("ul", { class: "tree" }, branch(chain.path, 0, chain, record, now)),
    chain.extras.length > 0 && [h("h3", {}, "Also presented, not part of this chain"), h("ul", { class: "tree" }, chain.extras.map(extra => node(extra, false, null, now)))],
    chain.faults.map(fault), leaves(record?.leaves),
    chain.notes.map(note => h("p", { key: note, class: "quiet" }, text(note))),
    chain.ocsp && h("p", { class: "quiet" }, `Stapled OCSP response: ${chain.ocsp}${chain.staple?.next_update ? `, until ${moment(chain.staple.next_update)}` : ""}`));
}

/** A wrong name is not a fault of the chain. */
function judged({ valid }, record) {
  const errors = record?.chain?.errors ?? [];
  if (valid) return "a chain we trust";
  return errors.length === 1 && errors[0] === "name_mismatch" ? "a certificate that is not valid for this name" : "a chain we do not trust";
}

function branch(path, depth, chain, record, now) {
  if (depth === path.length) return chain.gap ? gap(chain.gap) : null;
  const rest = branch(path, depth + 1, chain, record, now);
  return node(path[depth], depth === 0, record, now, rest && h("ul", {}, rest));
}

function node(certificate, isLeaf, record, now, below) {
  return h("li", { class: "certificate", key: certificate.sha256 },
    h("div", { class: "who" }, certificate.anchor && icon("anchor"), text(certificate.subject),
      certificate.anchor && h("span", { class: "tag is-marked" }, certificate.presented ? "trust anchor, presented too" : "trust anchor"),
      !certificate.anchor && !certificate.presented && h("span", { class: "tag" }, "not presented"),
      isLeaf && expected(record?.expected)),
    isLeaf && record?.chain?.spiffe_id && h("p", { class: "small" }, record.chain.spiffe_id_expected != null && icon(record.chain.spiffe_id_expected ? "tick" : "warning"), "SPIFFE ID ", mono(record.chain.spiffe_id)),
    certificateFacts(certificate, now), certificate.faults.map(fault), certificate.revocation.map(evidence), below);
}

// What one kind of evidence says about the revocation of a certificate. An unknown status gets no tick.
export function evidence({ depth, source, status, place, this_update: since, next_update: end, revoked_at: at, reason, missing }) {
  const kind = { crl: "revocation list", ocsp: "OCSP", staple: "stapled OCSP response" }[source];
  const dates = [since && `of ${moment(since)}`, end && `until ${moment(end)}`].filter(Boolean).join(", ");
  return h("p", { class: status === "revoked" ? "fault" : "quiet small", key: [depth, source].join() },
    status === "revoked" ? icon("warning") : status === "good" ? icon("tick") : icon("dot"),
    h("span", {}, status === "revoked" ? ["revoked", at && ` at ${moment(at)}`, reason && ` (${reason})`] : status === "good" ? "not revoked" : "revocation not known",
      `, ${kind}`, place && [" ", text(place)], status !== "unknown" && dates && `, ${dates}`, missing && [": ", text(missing)]));
}

function expected(facts_) {
  return [
    facts_?.server_certificate != null && h("span", { class: "tag" }, facts_.server_certificate ? "the expected one" : "not the expected one"),
    facts_?.issuer != null && h("span", { class: "tag" }, facts_.issuer ? "of the expected issuer" : "not of the expected issuer"),
  ];
}

function gap({ missing, sentence, faults }) {
  return h("li", { class: "is-gap" }, h("div", { class: "who" }, icon("warning"), missing ? text(missing) : "ends here"), h("p", {}, text(sentence)), faults.map(fault));
}

function fault({ error, sentence, detail }) {
  return h("p", { class: "fault", key: error + detail }, icon("warning"), h("span", {}, h("b", {}, text(sentence)), detail && [": ", text(detail)]));
}

function leaves(history) {
  if (!history) return null;
  if (history.in_turn)
    return h("div", {}, h("h3", {}, "Replicas behind this address present different certificates in turn"),
      h("ul", {}, history.recent.slice(0, 8).map(({ serial: one, sha256, share }) => h("li", { key: sha256 }, serial(one), ` (${Math.round(share * 100)} % of the last handshakes)`))));
  return history.last_change && h("p", { class: "quiet" }, "Replaced serial ", serial(history.previous_serial), ` at ${moment(history.last_change)}.`);
}
