// The loop of the page: where the reader is, what the exporter says about it, drawn; again every few seconds while somebody looks.
import { h, render } from "./dom.js";
import { get, now, Refusal } from "./api.js";
import { parse } from "./route.js";
import { icon } from "./icons.js";
import { moment } from "./words.js";
import * as overview from "./overview.js";
import * as target from "./target.js";
import * as rotation from "./rotation.js";
import * as certificates from "./certificates.js";

const views = { targets: overview, target, rotation, certificates };
const pause = 3000; // ms between the end of one round and the next
const longestPause = 15_000;

const main = document.getElementById("main");
const live = document.getElementById("live");
const status = document.getElementById("status");

let route = parse(location.hash);
let answers = null; // of the view that is shown, by name
let asOf = null; // ms, when they came
let lost = null; // { since, sentence } while the exporter gives no answer
let missing = null; // a sentence: what the address names does not exist
let failures = 0;
let timer = 0;
let round = new AbortController();

addEventListener("hashchange", () => go(parse(location.hash)));
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : refresh()));
document.querySelector(".skip").addEventListener("click", event => {
  event.preventDefault();
  main.focus();
});
refresh();

/** Changes the query of the address without a step for the back button, as while somebody types. */
export function replace(address) {
  history.replaceState(null, "", address);
  go(parse(location.hash));
}

/** Tells those who do not see the page. */
export function announce(sentence) {
  status.textContent = sentence;
}

/** Asks the exporter now. */
export async function refresh() {
  clearTimeout(timer);
  round.abort();
  const { signal } = (round = new AbortController());
  const asked = route;
  try {
    const needs = Object.entries(view(asked).needs(asked));
    const got = await Promise.all(needs.map(async ([name, address]) => [name, await get(address, signal)]));
    if (signal.aborted) return;
    arrived(Object.fromEntries(got));
  } catch (error) {
    if (signal.aborted) return;
    failed(error);
  }
  draw();
  if (!document.hidden) timer = setTimeout(refresh, Math.min(pause * 1.6 ** Math.max(0, failures - 1), longestPause));
}

/** Draws again from what is known. */
export function draw() {
  const shown = view(route);
  const name = missing ? "Not found" : shown.title(route);
  if (document.title !== `${name} – MtlsProbe`) document.title = `${name} – MtlsProbe`;
  for (const place of document.querySelectorAll(".places a"))
    if (place.dataset.view === shown.place) place.setAttribute("aria-current", "page");
    else place.removeAttribute("aria-current");
  drawLive();
  main.classList.toggle("is-frozen", lost !== null && answers !== null);
  main.setAttribute("aria-busy", String(!answers && !lost && !missing));
  render(document.getElementById("notices"), lost && lostNotice());
  if (missing) render(main, h("h1", { tabindex: -1 }, "Not found"), h("p", {}, h("bdi", {}, missing)), h("p", {}, h("a", { href: "#/" }, "All targets")));
  else if (answers) render(main, shown.draw({ route, answers, now: now() }));
  else if (!lost) render(main, h("p", { class: "empty" }, "Asking the exporter …"));
}

function view(where) {
  return views[where.path[0] ?? "targets"] ?? overview;
}

function go(to) {
  const samePlace = to.path.join("/") === route.path.join("/");
  const sameView = view(to) === view(route);
  route = to;
  missing = null;
  if (!samePlace) {
    if (!sameView || view(to).place === "targets") answers = null;
    answers = null;
    scrollTo(0, 0);
  }
  refresh().then(() => samePlace || main.querySelector("h1")?.focus({ preventScroll: true }));
}

function arrived(got) {
  if (lost) announce("The exporter answers again.");
  answers = got;
  asOf = now();
  lost = missing = null;
  failures = 0;
}

function failed(error) {
  if (error instanceof Refusal && error.status === 404) {
    missing = error.message;
    lost = null;
    return;
  }
  failures++;
  const sentence = error instanceof Refusal ? error.message : "It gives no answer.";
  if (!lost) announce(`The exporter is gone. ${sentence}`);
  lost = { since: lost?.since ?? now(), sentence };
}

function rest() {
  clearTimeout(timer);
  round.abort();
  drawLive();
}

function drawLive() {
  live.className = "live" + (lost ? " is-lost" : document.hidden ? " is-paused" : "");
  live.textContent = lost ? "No answer" : document.hidden ? "Paused" : asOf ? `Live, as of ${moment(asOf).slice(11)}` : "Asking …";
}

function lostNotice() {
  return h("div", { class: "notice is-lost", key: "lost" }, icon("warning"),
    h("div", {}, h("strong", {}, `The exporter has not answered since ${moment(lost.since)}.`),
      h("p", {}, lost.sentence, " ", asOf ? `What you see is as of ${moment(asOf)}. ` : "", "The page keeps asking.")));
}
