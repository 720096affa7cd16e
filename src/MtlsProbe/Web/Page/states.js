// The exporter's verdicts in one word, each with its icon. The exporter decides what a state means, not the page.
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** The most urgent first, as in the exporter's order of severity. */
export const states = {
  refused: { word: "refused", icon: "bar" },
  not_enforced: { word: "not enforced", icon: "door" },
  not_requested: { word: "not asked", icon: "card" },
  failed: { word: "failed", icon: "warning" },
  faulty: { word: "unexpected", icon: "diamond" },
  unconfirmed: { word: "unconfirmed", icon: "question" },
  pending: { word: "pending", icon: "clock" },
  healthy: { word: "healthy", icon: "tick" },
};

/** How near the expiry of a certificate is, by the thresholds of the alerts. */
export const levels = {
  expired: { word: "expired", icon: "warning" },
  critical: { word: "expiring", icon: "clock" },
  warning: { word: "expiring", icon: "clock" },
  late: { word: "renewed late", icon: "clock" },
};

/** Icon and word of a level; nothing if no expiry is near. */
export function level(name) {
  return name && h("span", { class: `level is-${name}` }, icon(levels[name]?.icon ?? "clock"), levels[name]?.word ?? name);
}

/** The word for targets with certificates that have expired or expire soon. */
export function expiringWord({ expired, critical, warning }) {
  return expired === 0 ? "expiring" : critical + warning === 0 ? "expired" : "expired or expiring";
}

/** The word for a state of a credential that must be refused: there, a refusal is good. */
export function wordOf(state, expect) {
  if (expect === "reject" && state === "healthy") return "kept out";
  if (expect === "reject" && state === "not_enforced") return "let in";
  return states[state]?.word ?? state;
}

/** Icon and word; a pill if it stands alone. */
export function badge(state, { pill = false, expect = "accept", word = wordOf(state, expect) } = {}) {
  return h("span", { class: `state is-${state}${pill ? " is-pill" : ""}` }, icon(states[state]?.icon ?? "question"), word);
}
