// Common parts of the views.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { changed } from "./route.js";
import { left, moment, number, short, visible } from "./words.js";

/** Untrusted text from certificates, servers or the configuration. Its writing direction is isolated. */
export function text(value, attributes) {
  return value ? h("bdi", attributes, visible(value)) : null;
}

/** Addresses, fingerprints and host names. */
export function mono(value) {
  return text(value, { class: "mono" });
}

export function serial(value) {
  return value ? h("bdi", { class: "mono nowrap", title: visible(value) }, visible(short(value))) : null;
}

/** A point in time, shown relative to now; the absolute time is shown on demand. */
export function time(at, said) {
  return at ? h("time", { datetime: at, title: moment(at), class: "nowrap" }, said) : null;
}

/** A credential, and whether it must be refused. */
export function credential({ identity, slot, expect }) {
  return [identity === "none" ? h("span", { class: "quiet" }, "no certificate") : text(identity),
    slot === "next" && [" ", h("span", { class: "tag is-marked" }, "next")],
    expect === "reject" && [" ", h("span", { class: "tag" }, "must be refused")]];
}

/** The same as one text. */
export function credentialWords({ identity, slot, expect }) {
  return [identity === "none" ? "no certificate" : visible(identity), slot === "next" && "next", expect === "reject" && "must be refused"].filter(Boolean).join(", ");
}

/** A bar that shows the remaining lifetime of a certificate, with the same as text. */
export function life(validity, now, ...more) {
  const { not_before: from, not_after: until } = validity;
  const share = Math.min(1, Math.max(0, (Date.parse(until) - now) / (Date.parse(until) - Date.parse(from))));
  const over = Date.parse(until) <= now;
  const near = !over && (validity.expiring === "critical" || validity.expiring === "warning") ? ` is-${validity.expiring}` : "";
  return h("div", { class: "life" },
    h("span", {}, h("span", { class: over ? "over" : near ? `near${near}` : null, title: `until ${moment(until)}` }, left(until, now)), more.length > 0 && " ", more),
    h("span", { class: over ? "bar is-over" : `bar${near}`, "aria-hidden": "true", vars: { "--left": `${(share * 100).toFixed(1)}%` } }, h("i", {})));
}

export function card(heading, aside, ...content) {
  return h("section", { class: "card" },
    h("header", {}, h("h2", {}, heading), aside && h("span", { class: "quiet" }, aside)),
    h("div", { class: "inside" }, content));
}

/** Terms with their values; those without a value are omitted. */
export function facts(pairs) {
  return h("dl", { class: "facts" },
    pairs.filter(pair => pair && pair[1] !== null && pair[1] !== undefined && pair[1] !== "" && pair[1] !== false)
      .map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]));
}

/** The facts of a certificate, below its subject. */
export function certificateFacts(certificate, now) {
  return facts([
    ["Issuer", text(certificate.issuer)],
    ["Valid", life(certificate, now)],
    ["Serial", h("span", {}, mono(certificate.serial), ", ", text(certificate.key))],
    certificate.names_total > 0 && ["Names", names(certificate.names, certificate.names_total, "names")],
  ]);
}

/** A list of names, which a peer can make very long: a few at once, the others on demand. */
export function names(list, total, noun) {
  const few = 6;
  if (list.length === 0) return h("span", { class: "quiet" }, "none");
  const shown = list.slice(0, few), more = list.slice(few);
  return h("div", {},
    h("span", { class: "names" }, shown.map(name => text(name))),
    total > shown.length && h("details", {}, h("summary", {}, `all ${number(total)} ${noun}`),
      h("div", { class: "names is-long", tabindex: 0, role: "group", "aria-label": `More ${noun}` }, more.map(name => text(name)),
        total > list.length && h("span", { class: "quiet" }, `and ${number(total - list.length)} more, in the JSON`))));
}

/** A button that copies a text, and confirms it. */
export function copyButton(value, what) {
  return h("button", { class: "button", type: "button", onclick: event => copy(event.currentTarget, value) }, icon("copy"), h("span", { "aria-live": "polite", own: true }, "Copy"), h("span", { class: "unseen" }, ` ${what}`));
}

async function copy(button, value) {
  const word = button.querySelector("[aria-live]");
  const worked = await write(value);
  word.textContent = worked ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (word.textContent = "Copy"), 2000);
}

/** The browser's clipboard is available only on https and localhost; elsewhere a selection is copied. */
async function write(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = value;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const worked = document.execCommand("copy");
    area.remove();
    return worked;
  }
}

const mostWords = 8; // the limit of the exporter

/** A search field; its words are in the address as q. */
export function searchField(route, hint, act) {
  return h("form", { class: "field is-search", role: "search", onsubmit: event => event.preventDefault() },
    icon("search"), h("label", { class: "unseen", for: "search" }, "Search"),
    h("input", {
      id: "search", type: "search", placeholder: hint, autocomplete: "off", spellcheck: "false", maxlength: 200, value: route.query.get("q") ?? "",
      oninput: ({ target: field }) => act.later(() => {
        const tooMany = new Set(field.value.toLowerCase().split(/\s+/).filter(Boolean)).size > mostWords;
        field.setCustomValidity(tooMany ? `At most ${mostWords} words` : "");
        if (field.reportValidity()) act.replace({ q: field.value.trim(), page: null });
      }),
    }));
}

/** The header of a column by which the exporter can sort. */
export function sortHeader({ route, fallback }, column, word) {
  const sort = route.query.get("sort") ?? fallback;
  const direction = sort === column ? "ascending" : sort === "-" + column ? "descending" : null;
  const next = direction === "ascending" ? "-" + column : column;
  return h("th", { scope: "col", "aria-sort": direction },
    h("a", { class: "sort", href: changed(route, { sort: next === fallback ? null : next, page: null }) }, word, h("span", { class: "unseen" }, direction === "ascending" ? ", reverse the order" : ", sort by it")));
}

/** The number of results, with the current page if it is not the first. */
export function onPage(said, page) {
  return page === 1 ? said : `${said}, page ${number(page)}`;
}

/** Links to the other pages; nothing if there is only one page. */
export function pager(route, { total, page, limit }, kept = {}) {
  const last = Math.max(1, Math.ceil(total / limit));
  if (last === 1 && page === 1) return null;
  const to = (number_, word) => number_ >= 1 && number_ <= last && number_ !== page
    ? h("a", { class: "button", href: changed(route, { ...kept, page: number_ === 1 ? null : number_ }) }, word)
    : h("a", { class: "button", role: "link", tabindex: 0, "aria-disabled": "true" }, word); // the same element, so it keeps the focus
  const from = (page - 1) * limit + 1;
  return h("nav", { class: "pages", "aria-label": "Pages" }, to(1, "First"), to(page - 1, "Previous"), to(page + 1, "Next"), to(last, "Last"),
    h("span", {}, from > total ? `none of ${number(total)}` : `${number(from)} – ${number(Math.min(total, page * limit))} of ${number(total)}`));
}
