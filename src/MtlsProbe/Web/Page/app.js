// The loop of the page: where the reader is, what the exporter says about it, drawn; again every few seconds while somebody looks.
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
const blink = 200; // ms that what was shown may stay while the answers about another place are awaited
const typing = 250; // ms without a key until what was typed counts

const main = document.getElementById("main");
const status = document.getElementById("status");

let route = parse(location.hash);
let answers = null; // of the view that is shown
let asOf = null; // ms, when they came
let lost = null; // { since, status, sentence } while there are no data; status is null where there is no answer at all
let refused = null; // a sentence: the address asks for what does not exist
let failures = 0;
let timer = 0;
let typed = 0;
let moved = false; // the reader came to another place, whose heading is still to get the focus
let asked = false; // the reader asked for other rows of the same place, and is still to hear how many there are
let restored = null; // px, to which the reader comes back once the place is drawn
let noting = 0;
let searching = false; // the reader asked for a search where there is no field for one
let round = new AbortController();

/** What a view can set off. */
const act = {
  /** Asks the exporter now. */
  refresh,
  /** Whether the reader is at this place. */
  isAt,
  /** Tells those who do not see the page. */
  announce: sentence => (status.textContent = sentence),
  /** Draws again from what is known, if there is something. */
  draw: () => answers && draw(),
  go: address => (location.hash = address),
  /** Changes the query of the address without a step for the back button, as while somebody types. */
  replace(changes) {
    history.replaceState(history.state, "", changed(route, changes));
    go(parse(location.hash));
  },
  /** Once nobody has typed for a moment. */
  later(what) {
    clearTimeout(typed);
    typed = setTimeout(what, typing);
  },
};

history.scrollRestoration = "manual"; // the browser would do it before the answers are there
addEventListener("scroll", () => {
  clearTimeout(noting);
  noting = setTimeout(noteScroll, 150);
}, { passive: true });
document.addEventListener("click", noteScroll, true); // also of a link that is followed by the keyboard

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
  if (search) search.value = route.query.get("q") ?? ""; // also while it has the focus: back and forward go before what was typed
});
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : refresh()));
document.querySelector(".skip").addEventListener("click", event => {
  event.preventDefault(); // the fragment is the reader's place
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
  if (atHeading) main.querySelector("h1").focus({ preventScroll: true }); // also where another heading has taken its place
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

/** Where on the page the reader is, kept with this step of the history. */
function noteScroll() {
  clearTimeout(noting);
  if (restored === null) history.replaceState({ ...history.state, scroll: Math.round(scrollY) }, "");
}

function view() {
  const name = route.path[0];
  return name !== undefined && Object.hasOwn(views, name) ? views[name] : overview; // not what every object has, as #/constructor
}

function isAt(path) {
  return path.join("/") === route.path.join("/");
}

/** To another place of the page, or to the same with another query; what is shown stays until the answers are there, or are slow to come. */
function go(to) {
  asked = isAt(to.path);
  moved ||= !asked;
  clearTimeout(typed);
  route = to;
  refused = null;
  if (moved) {
    answers = null;
    restored = history.state?.scroll ?? null; // there only where the reader has been before
    scrollTo(0, 0);
  } else draw(); // from now on its links and fields start from here: a second filter does not wait for the answers to the first
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
    return;
  }
  if (!(error instanceof Refusal)) console.debug(error); // a fault of the network, or of ours
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
