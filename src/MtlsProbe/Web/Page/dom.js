// Descriptions of elements, and the smallest change that makes the document match them. Existing nodes are kept: focus, selection, scroll
// positions, open details and incomplete input survive an update. Text becomes text nodes only, never markup.

const svgTags = new Set(["svg", "g", "path", "circle", "rect", "line"]);
const known = new WeakMap(); // node -> { key, tag, props } of its last description

/**
 * Describes an element. Children are descriptions, texts, numbers, or lists of them; null and false leave their place empty. In addition to
 * attributes there are key (identifies it among its siblings in a list), own (its children are not updated after it was created), vars (custom
 * properties) and on… (event handlers).
 */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children };
}

/** Makes the children of an element match the descriptions. */
export function render(parent, ...children) {
  const focused = document.activeElement;
  patchChildren(parent, children);
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true }); // it was moved
}

function patchChildren(parent, children) {
  const before = new Map();
  for (const node of parent.childNodes) before.set(known.get(node)?.key, node);
  const wanted = placed(children, "", []);

  // Nodes are removed first: then no node that stays has to be moved because of them.
  const keys = new Set(wanted.map(({ key }) => key));
  for (const node of [...parent.childNodes]) if (!keys.has(known.get(node)?.key)) node.remove();

  let next = parent.firstChild;
  for (const { key, child } of wanted) {
    const tag = child.tag ?? "#text";
    const there = before.get(key);
    before.delete(key); // a key that occurs twice by mistake gives two nodes
    const node = there && known.get(there).tag === tag ? there : create(tag);
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
    update(node, key, tag, child);
  }

  while (next) {
    const after = next.nextSibling;
    next.remove();
    next = after;
  }
}

/** Each child with its identification among its siblings: its place in the description, or its key in a list. */
function placed(children, path, into) {
  children.forEach((child, index) => {
    if (Array.isArray(child)) placed(child, `${path}${index}.`, into);
    else if (child !== null && child !== undefined && child !== false && child !== "")
      into.push({ key: path + (child.props?.key === undefined ? index : "=" + child.props.key), child: typeof child === "object" ? child : String(child) });
  });
  return into;
}

function create(tag) {
  if (tag === "#text") return document.createTextNode("");
  return svgTags.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
}

function update(node, key, tag, child) {
  const before = known.get(node);
  known.set(node, { key, tag, props: child.props });
  if (tag === "#text") {
    if (node.data !== child) node.data = child;
    return;
  }
  const old = before?.props ?? {};
  for (const name of Object.keys(old)) if (!(name in child.props)) set(node, name, null, old[name]);
  for (const [name, value] of Object.entries(child.props)) if (name !== "value" && value !== old[name]) set(node, name, value, old[name]);
  if (!child.props.own || !before) patchChildren(node, child.children);
  if ("value" in child.props && child.props.value !== old.value) setValue(node, child.props.value); // a select accepts the value only when it has the option
}

function set(element, name, value, before) {
  if (name === "key" || name === "own") return;
  if (name.startsWith("on")) element[name] = value ?? null;
  else if (name === "vars") setVariables(element, value ?? {}, before ?? {});
  else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

/** Sets custom properties through the object model, because the page's Content-Security-Policy forbids style attributes. */
function setVariables(element, value, before) {
  for (const name of Object.keys(before)) if (!(name in value)) element.style.removeProperty(name);
  for (const [name, one] of Object.entries(value)) if (one !== before[name]) element.style.setProperty(name, one);
}

/** Does not overwrite text that is being typed. A select is updated even while it has the focus, because its choice is complete. */
function setValue(element, value) {
  const isTyped = element.tagName === "INPUT" && element === document.activeElement;
  if (!isTyped && element.value !== value) element.value = value;
}
