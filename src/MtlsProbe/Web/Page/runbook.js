// A runbook from the program: headings, commands to copy, and text. Everything is inserted as text.
import { h } from "./dom.js";
import { copyButton } from "./parts.js";
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
    h("h1", { tabindex: -1 }, hasHeading ? visible(heading.text) : title(route)),
    h("article", { class: "card runbook" }, h("div", { class: "inside" }, (hasHeading ? rest : blocks(content)).map(block))),
  ];
}

function block({ level, text, code, lines }, index) {
  if (code !== undefined) return h("div", { class: "command", key: index }, h("pre", { tabindex: 0, "aria-label": "Command" }, code), copyButton(code, "command"));
  if (level) return h(level > 2 ? "h3" : "h2", { key: index }, visible(text));
  return h("div", { class: "prose", key: index }, lines.map((line, at) => h("p", { key: at, class: /^\s*(\||[-*] |\d+\. )/.test(line) ? "is-item" : null }, inline(line))));
}

/** Code between backticks; the cells of a table row; the text of links and of emphasis. */
function inline(line) {
  const said = /^\s*\|/.test(line) ? line.trim().replace(/^\||\|$/g, "").split(" | ").map(cell => cell.trim()).join(" – ") : line;
  return said.replaceAll("**", "").replace(/\[([^\]]+)\]\([^)]*\)/g, "$1").split(/(`[^`]+`)/).map((part, at) => (part.startsWith("`") && part.length > 2 ? h("code", { key: at }, part.slice(1, -1)) : part.replace(/(^|[\s(])\*([^*\s][^*]*)\*(?![*\w])/g, "$1$2")));
}

/** Headings, fenced commands, and runs of lines. */
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
    else if (line.trim() !== "" && !/^\s*\|[-| ]*$/.test(line)) {
      if (found.at(-1)?.lines) found.at(-1).lines.push(line);
      else found.push({ lines: [line] });
    }
  }
  return found;
}
