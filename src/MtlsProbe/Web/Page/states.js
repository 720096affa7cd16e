// The exporter's verdicts in one word, each with its sign. What a state means is the exporter's business, not the page's.
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** In the order of a reader's worry, which is that of the exporter's severity. */
export const states = {
  refused: { word: "refused", icon: "bar" },
  not_enforced: { word: "not enforced", icon: "door" },
  not_requested: { word: "not asked", icon: "card" },
  failed: { word: "failed", icon: "warning" },
  faulty: { word: "faulty", icon: "diamond" },
  unconfirmed: { word: "unconfirmed", icon: "question" },
  pending: { word: "pending", icon: "clock" },
  healthy: { word: "healthy", icon: "tick" },
};

/** What a state says at a credential that has to be refused: there a refusal is the good news. */
function wordOf(state, expect) {
  if (expect === "reject" && state === "healthy") return "kept out";
  if (expect === "reject" && state === "not_enforced") return "let in";
  return states[state]?.word ?? state;
}

/** Sign and word; a pill where it stands alone. */
export function badge(state, { pill = false, expect = "accept", word = wordOf(state, expect) } = {}) {
  return h("span", { class: `state is-${state}${pill ? " is-pill" : ""}` }, icon(states[state]?.icon ?? "question"), word);
}
