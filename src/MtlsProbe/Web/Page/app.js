// The main loop of the page: loads the answers for the reader's place and draws them, and repeats this every few seconds while the page is visible.
import { h, render } from "./dom.js";
import { get, now, Refusal } from "./api.js";
import { changed, parse } from "./route.js";
import { drawNotice, drawShell } from "./shell.js";
import { text } from "./parts.js";
import { visible } from "./words.js";
import * as overview from "./overview.js";
import * as target from "./target.js";
import * as rotation from "./rotation.js";
import * as access from "./access.js";
import * as certificates from "./certificates.js";
import * as forecast from "./forecast.js";
import * as changes from "./changes.js";
import * as runbook from "./runbook.js";

const views = { target, rotation, access, certificates, forecast, changes, runbook };
const pause = 3000; // ms between the end of one round and the next
const longestPause = 15_000;
const blink = 200; // ms for which the previous view can stay while the answers for a new place are loading
const typing = 250; // ms without a key press until the typed text counts

const main = document.getElementById("main");
const status = document.getElementById("status");

let route = parse(location.hash);
let answers = null; // those of the current view
let asOf = null; // when they came, in ms
let lost = null; // { since, status, sentence } while there are no data; status is null if there is no answer at all
let refused = null; // a sentence: the address refers to something that does not exist
let failures = 0;
let timer = 0;
let typed = 0;
let moved = false; // the reader went to another place, and its heading must still get the focus
let asked = false; // the reader requested other rows of the same place, and their number must still be announced
let restored = null; // the scroll position in px to restore when the place has been drawn
let noting = 0;
let searching = false; // the reader pressed the search key in a view without a search field
let round = new AbortController();

/** The actions that a view can call. */
const act = {
  /** Loads new answers now. */
  refresh,
  /** Whether the reader is at this place. */
  isAt,
  /** Announces a sentence to screen readers. */
  announce: sentence => (status.textContent = sentence),
  /** Draws again from the current answers, if there are any. */
  draw: () => answers && draw(),
  go: address => (location.hash = address),
  /** Changes the query of the address without a new history entry, for example while the reader types. */
  replace(changes) {
    history.replaceState(history.state, "", changed(route, changes));
    go(parse(location.hash));
  },
  /** Runs a function when the reader has not typed for a moment. */
  later(what) {
    clearTimeout(typed);
    typed = setTimeout(what, typing);
  },
};

history.scrollRestoration = "manual"; // the browser would do it before the answers have arrived
addEventListener("scroll", () => {
  clearTimeout(noting);
  noting = setTimeout(noteScroll, 150);
}, { passive: true });
document.addEventListener("click", noteScroll, true); // also for links that are followed with the keyboard

addEventListener("keydown", event => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  event.preventDefault();
  const search = document.getElementById("search");
  if (search) search.select();
  else location.hash = "#/";
  searching = !search;
});

addEventListener("hashchange", () => {
  go(parse(location.hash));
  const search = document.getElementById("search");
  if (search) search.value = route.query.get("q") ?? ""; // even while it has the focus: back and forward take precedence over typed text
});
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : refresh()));
document.querySelector(".skip").addEventListener("click", event => {
  event.preventDefault(); // the fragment of the address is used for the reader's place
  main.focus();
});
refresh();

async function refresh() {
  clearTimeout(timer);
  round.abort();
  const { signal } = (round = new AbortController());
  const slow = answers ? 0 : setTimeout(draw, blink);
  try {
    const got = await view().load(route, address => get(address, signal), answers);
    if (signal.aborted) return;
    arrived(got);
  } catch (error) {
    if (signal.aborted) return;
    failed(error);
  } finally {
    clearTimeout(slow);
  }
  if (!document.hidden) timer = setTimeout(refresh, Math.min(pause * 1.6 ** Math.max(0, failures - 1), longestPause));
  draw();
}

function draw() {
  const shown = view();
  drawShell({ title: refused ? "Not found" : shown.title(route), place: shown.place, lost, asOf, build: answers?.summary?.build });
  drawNotice(lost, answers && asOf);
  main.classList.toggle("is-frozen", lost !== null);
  main.setAttribute("aria-busy", String(!answers && !lost && !refused));
  const atHeading = moved || document.activeElement?.matches("main h1");
  if (refused) render(main, h("h1", { tabindex: -1 }, "Not found"), h("p", {}, h("bdi", {}, refused)), h("p", {}, h("a", { href: "#/" }, "All targets")));
  else if (answers) render(main, h("div", { key: route.path.join("/") }, shown.draw({ route, answers, now: now(), act })));
  else render(main, h("h1", { tabindex: -1 }, text(shown.title(route))), h("p", { class: "empty" }, lost ? "There is no answer yet." : "Asking the exporter …"));
  if (atHeading) main.querySelector("h1").focus({ preventScroll: true }); // even if another heading has replaced it
  moved = false;
  if (answers && restored !== null) {
    scrollTo(0, restored);
    restored = null;
  }
  if (answers && searching) {
    document.getElementById("search")?.focus();
    searching = false;
  }
}

/** Saves the scroll position in the current history entry. */
function noteScroll() {
  clearTimeout(noting);
  if (restored === null) history.replaceState({ ...history.state, scroll: Math.round(scrollY) }, "");
}

function view() {
  const name = route.path[0];
  return name !== undefined && Object.hasOwn(views, name) ? views[name] : overview; // not an inherited property, as in #/constructor
}

function isAt(path) {
  return path.join("/") === route.path.join("/");
}

/** Goes to another place of the page, or to the same place with another query. The previous view stays until the answers arrive, unless they are slow. */
function go(to) {
  asked = isAt(to.path);
  moved ||= !asked;
  clearTimeout(typed);
  route = to;
  refused = null;
  if (moved) {
    answers = null;
    restored = history.state?.scroll ?? null; // present only if the reader has been there before
    scrollTo(0, 0);
  } else draw(); // its links and fields now start from the new place: a second filter does not wait for the answers to the first
  refresh();
}

function arrived(got) {
  if (lost) act.announce("The exporter answers again.");
  const { found } = view();
  if (asked && found) act.announce(found(got));
  asked = false;
  answers = got;
  asOf = now();
  lost = refused = null;
  failures = 0;
}

function failed(error) {
  if (error instanceof Refusal && error.isOurs && (error.status === 404 || error.status === 400)) {
    refused = error.message;
    lost = null;
    asOf = now();
    return;
  }
  if (!(error instanceof Refusal)) console.debug(error); // a network fault, or a bug of this page
  failures++;
  const [status, sentence] = error instanceof Refusal ? [error.status, visible(error.message)] : [null, ""];
  const isNew = lost?.status !== status;
  if (isNew) act.announce(status === null ? "The exporter does not answer." : `The answer is status ${status}. ${sentence}`);
  lost = { since: isNew ? now() : lost.since, status, sentence };
}

function rest() {
  clearTimeout(timer);
  round.abort();
  drawShell({ title: view().title(route), place: view().place, lost, asOf });
}
