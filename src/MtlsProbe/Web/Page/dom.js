// Descriptions of elements, and the smallest change that makes the document match them. What is already there stays: focus, selection,
// scroll positions, open details and half-typed text survive an update. Text goes in as text nodes only, never as markup.

const svgTags = new Set(["svg", "g", "path", "circle", "rect", "line"]);
const known = new WeakMap(); // node -> { key, tag, props } that it was last made to match

/**
 * Describes an element. Children: descriptions, texts, numbers, lists of them; null and false leave their place empty. Attributes, and
 * besides them key (tells it from its siblings of a list), own (its children are its own affair once it is there), vars (custom
 * properties), on… (what it does).
 */
export function h(tag, props, ...children) {
  return { tag, props: props ?? {}, children };
}

/** Makes the children of an element match. */
export function render(parent, ...children) {
  const focused = document.activeElement;
  patchChildren(parent, children);
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true }); // it was moved
}

function patchChildren(parent, children) {
  const before = new Map();
  for (const node of parent.childNodes) before.set(known.get(node)?.key, node);
  const wanted = placed(children, "", []);

  // What goes, goes first: then nothing that stays has to be moved for it.
  const keys = new Set(wanted.map(({ key }) => key));
  for (const node of [...parent.childNodes]) if (!keys.has(known.get(node)?.key)) node.remove();

  let next = parent.firstChild;
  for (const { key, child } of wanted) {
    const tag = child.tag ?? "#text";
    const there = before.get(key);
    before.delete(key); // a key that is there twice by mistake is two nodes
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

/** Each child with what tells it from its siblings: its place in the description, or its key in a list. */
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
  if ("value" in child.props && child.props.value !== old.value) setValue(node, child.props.value); // a select takes it once it has the option
}

function set(element, name, value, before) {
  if (name === "key" || name === "own") return;
  if (name.startsWith("on")) element[name] = value ?? null;
  else if (name === "vars") setVariables(element, value ?? {}, before ?? {});
  else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : value);
}

/** Custom properties, by the object model: the policy of the page forbids style attributes. */
function setVariables(element, value, before) {
  for (const name of Object.keys(before)) if (!(name in value)) element.style.removeProperty(name);
  for (const [name, one] of Object.entries(value)) if (one !== before[name]) element.style.setProperty(name, one);
}

/** Nobody's typing is overwritten; a choice is over once it is made, although its field keeps the focus. */
function setValue(element, value) {
  const isTyped = element.tagName === "INPUT" && element === document.activeElement;
  if (!isTyped && element.value !== value) element.value = value;
}
