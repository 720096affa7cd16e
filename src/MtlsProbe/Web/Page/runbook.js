// A runbook from the program: headings, commands to copy, and text. Everything is inserted as text.
import { h } from "./dom.js";
import { copyButton } from "./parts.js";
import { link } from "./route.js";
import { visible } from "./words.js";

export const place = "targets";

export function title(route) {
  return route.path[1] ?? "Runbook";
}

export async function load(route, get) {
  return { content: await get(`runbooks/${encodeURIComponent(route.path[1] ?? "")}`) };
}

export function draw({ route, answers: { content } }) {
  const [heading, ...rest] = blocks(content);
  const hasHeading = heading?.level === 1;
  return [
    h("p", { class: "crumbs" }, h("a", { href: "#/" }, "Targets"), " / Runbook"),
    h("h1", { tabindex: -1 }, breakable(hasHeading ? heading.text : title(route))),
    h("article", { class: "card runbook" }, h("div", { class: "inside" }, (hasHeading ? rest : blocks(content)).map(block))),
  ];
}

/** A name as MtlsProbeCredentialRefused may be broken between its words. */
function breakable(name) {
  return visible(name).split(/(?<=[a-z])(?=[A-Z])/).map((word, key) => [key > 0 && h("wbr", { key: `before ${key}` }), word]);
}

function block({ level, text, code, rows, lines }, index) {
  if (code !== undefined) return h("div", { class: "command", key: index }, h("pre", { tabindex: 0, "aria-label": "Command" }, code), copyButton(code, "command"));
  if (level) return h(level > 2 ? "h3" : "h2", { key: index }, visible(text));
  return rows ? table(rows, index) : h("div", { class: "prose", key: index }, lines.map(paragraph));
}

function table([head, ...rows], index) {
  return h("table", { class: "is-list", key: index },
    h("thead", {}, h("tr", {}, head.map((cell, at) => h("th", { scope: "col", key: at }, inline(cell))))),
    h("tbody", {}, rows.map(([first, ...cells], line) => h("tr", { key: line }, h("th", { scope: "row" }, inline(first)), cells.map((cell, at) => h("td", { key: at, "data-label": head[at + 1] }, h("div", {}, inline(cell))))))));
}

/** A line of text, or a line that belongs to a list item. */
function paragraph(line, index) {
  const [, space, mark, said] = /^(\s*)(?:([-*]|\d+\.) )?(.*)$/.exec(line);
  return h("p", { key: index, class: mark ? "is-item is-marked" : space ? "is-item" : null }, mark && h("span", { class: "mark" }, /\d/.test(mark) ? mark : "·"), inline(said));
}

/** Code, emphasis, and links: links to other runbooks stay links; of other links only the text is kept. */
function inline(said) {
  return said.split(/(`[^`]+`|\*\*[^*]+\*\*|(?<![\w*])\*[^*\s][^*]*\*(?![\w*])|\[[^\]]+\]\([^)]*\))/).map((part, key) => {
    if (/^`.+`$/.test(part)) return h("code", { key }, part.slice(1, -1));
    if (/^\*\*.+\*\*$/.test(part)) return h("strong", { key }, inline(part.slice(2, -2)));
    if (/^\*.+\*$/.test(part)) return h("em", { key }, part.slice(1, -1));
    const [, words, runbook] = /^\[(.+)\]\((?:(MtlsProbe\w+)\.md)?[^)]*\)$/.exec(part) ?? [];
    return runbook ? h("a", { key, href: link(["runbook", runbook]) }, inline(words)) : words ? inline(words) : part;
  });
}

/** Headings, fenced commands, rows of tables, and runs of lines. */
export function blocks(content) {
  const found = [];
  let code = null, indent = 0;
  for (const line of content.split("\n")) {
    const fence = /^(\s*)```/.exec(line);
    if (code !== null) {
      if (fence) {
        found.push({ code: code.join("\n") });
        code = null;
      } else code.push(line.slice(Math.min(indent, line.length - line.trimStart().length)));
    } else if (fence) [code, indent] = [[], fence[1].length];
    else if (/^#+ /.test(line)) found.push({ level: line.indexOf(" "), text: line.replace(/^#+ /, "") });
    else if (/^\s*\|[-| ]*$/.test(line) || line.trim() === "") continue;
    else if (/^\s*\|/.test(line)) collect(found, "rows", line.trim().replace(/^\||\|$/g, "").split(" | ").map(cell => cell.trim()));
    else collect(found, "lines", line);
  }
  return found;
}

/** Appends to the last block if it is of this kind, otherwise to a new one. */
function collect(found, kind, one) {
  if (found.at(-1)?.[kind]) found.at(-1)[kind].push(one);
  else found.push({ [kind]: [one] });
}
