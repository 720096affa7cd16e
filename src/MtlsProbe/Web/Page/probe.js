// Probe now: the exporter brings the next probes of a target forward, and answers when they have ended.
import { h } from "./dom.js";
import { post, Refusal } from "./api.js";
import { icon } from "./icons.js";
import { states } from "./states.js";
import { visible } from "./words.js";

let running = null; // the target that is being probed
let said = { target: null, sentence: "" };

export function probeButton(target, act) {
  const busy = running !== null;
  return h("div", { class: "does" },
    h("button", { class: "button is-main", type: "button", "aria-disabled": busy ? "true" : null, onclick: () => busy || probe(target, act) }, icon("turn"), running === target ? "Probing …" : "Probe now"),
    h("p", { class: "quiet small", id: "probed" }, said.target === target ? said.sentence : ""));
}

async function probe(target, act) {
  running = target;
  said = { target, sentence: "" };
  act.draw();
  const sentence = await outcome(target);
  running = null;
  said = { target, sentence };
  if (act.isAt(["target", target])) await act.refresh(); // first the new results, then the announcement
  else act.draw(); // the reader has left, perhaps to the button of another target
  act.announce(`Target ${visible(target, 80)}. ${sentence}`);
}

/** Requests the probes, and returns a sentence about the result. */
async function outcome(target) {
  try {
    const { answer, over } = await post(`api/v1/targets/${encodeURIComponent(target)}/probe`);
    return over ? `Probed just now: ${states[answer.state]?.word ?? answer.state}.` : visible(answer.note ?? "The probes are still running; their results will follow.");
  } catch (error) {
    return error instanceof Refusal ? error.message : "The exporter did not answer.";
  }
}
