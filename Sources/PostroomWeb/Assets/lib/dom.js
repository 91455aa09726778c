// Building and updating the page without innerHTML: foreign text only ever becomes a text node.
//
//   h("button.primary", { onclick: save, disabled: true }, t("save"))
//   class StatusLine extends Component { connected() { this.listen(model, "change", () => this.draw()); } }

/** Makes an element. `spec` is `tag.class#id`; properties starting with `on` are listeners; null and false are left out. */
export function h(spec, ...rest) {
  const [, tag, marks] = /^([\w-]*)(.*)$/.exec(spec);
  const element = document.createElement(tag || "div");
  for (const [, kind, name] of marks.matchAll(/([.#])([\w-]+)/g)) {
    if (kind === ".") element.classList.add(name);
    else element.id = name;
  }
  const props = isProps(rest[0]) ? rest.shift() : {};
  setProps(element, props);
  element.append(...nodes(rest));
  return element;
}

const isProps = (value) => value !== null && typeof value === "object" && !(value instanceof Node) && !Array.isArray(value);

/** Flattens children; drops null, undefined and false, so that `condition && h(…)` reads well. */
export const nodes = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

const asProperty = new Set(["value", "checked", "selected", "indeterminate", "textContent", "tabIndex", "htmlFor", "srcObject"]);

/** Sets attributes, properties and listeners by name. */
export function setProps(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.classList.add(...String(value || "").split(/\s+/).filter(Boolean));
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "style") for (const [key, item] of Object.entries(value)) element.style.setProperty(key, item);
    else if (asProperty.has(name)) element[name] = value ?? "";
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
}

/** Replaces what is in `element` by `children`. */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/**
 * Makes the children of `container` match `items`, reusing elements by key, so that focus, scrolling and animation survive.
 * `make(item)` builds a child, `update(child, item)` brings an old one up to date.
 */
export function reconcile(container, items, { key, make, update }) {
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]));
  let place = container.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = old.get(name);
    if (child) {
      old.delete(name);
      update?.(child, item);
    } else {
      child = make(item);
      child.dataset.key = name;
    }
    if (child === place) place = place.nextElementSibling;
    else container.insertBefore(child, place);
  }
  for (const child of old.values()) child.remove();
}

/** A custom element that takes its listeners with it when it leaves the page. */
export class Component extends HTMLElement {
  #abort = null;

  connectedCallback() {
    this.#abort = new AbortController();
    this.connected?.();
  }

  disconnectedCallback() {
    this.#abort?.abort();
    this.disconnected?.();
  }

  /** Aborted when the element leaves the page. */
  get signal() {
    return this.#abort.signal;
  }

  listen(target, types, handler, options = {}) {
    for (const type of types.split(" ")) target.addEventListener(type, handler, { ...options, signal: this.signal });
  }

  emit(type, detail = {}) {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }));
  }
}

/** Calls `action` once, `milliseconds` after the last call. `flush()` does it now, `cancel()` never. */
export function debounce(milliseconds, action) {
  let timer = null;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      action(...args);
    }, milliseconds);
  };
  later.cancel = () => {
    clearTimeout(timer);
    timer = null;
  };
  later.flush = () => {
    if (timer === null) return undefined;
    later.cancel();
    return action();
  };
  later.isPending = () => timer !== null;
  return later;
}

let count = 0;
/** An id no other element of the page has, for `for` and `aria-` references. */
export const uniqueId = (prefix = "e") => `${prefix}-${++count}`;
