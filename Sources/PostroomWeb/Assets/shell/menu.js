// A menu under a button: role=menu, arrows, Home, End, Esc, first letters; closes when the focus leaves.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { layer } from "./layer.js";

/**
 * A button that opens a menu. `items()` gives [{label, icon, onselect, href, isChecked, isDangerous, detail} or "separator"] anew
 * each time. `content` is the button's inside; `label` its name where the inside is only an icon.
 */
export function menuButton({ content, label, className = "icon-button", items, align = "end" }) {
  const button = h("button", { type: "button", class: className, "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, title: label }, content);
  button.addEventListener("click", () => (button.getAttribute("aria-expanded") === "true" ? null : openMenu(button, items(), align)));
  button.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && button.getAttribute("aria-expanded") !== "true") {
      event.preventDefault();
      openMenu(button, items(), align);
    }
  });
  return button;
}

/** Opens a menu under `anchor`. */
export function openMenu(anchor, items, align = "start") {
  const abort = new AbortController();
  const menu = h("div.menu", { role: "menu", tabindex: "-1", "aria-label": anchor.getAttribute("aria-label") ?? anchor.textContent }, items.map(draw));
  const choices = [...menu.querySelectorAll("[role^=menuitem]")];
  const close = (refocus = true) => {
    if (abort.signal.aborted) return;
    abort.abort();
    anchor.setAttribute("aria-expanded", "false");
    menu.remove();
    if (refocus) anchor.focus({ preventScroll: true });
  };

  function draw(item) {
    if (item === "separator") return h("div.menu-separator", { role: "separator" });
    if (item.heading) return h("div.menu-heading", item.heading);
    const role = item.isChecked === undefined ? "menuitem" : "menuitemradio";
    const inside = [
      h("span.menu-icon", item.isChecked ? icon("check") : item.icon ? icon(item.icon) : null),
      h("span.menu-label", item.label), item.detail && h("span.menu-detail", item.detail),
    ];
    const props = { role, tabindex: "-1", class: item.isDangerous ? "danger" : "", "aria-checked": item.isChecked === undefined ? null : String(item.isChecked) };
    const style = item.depth ? { "--depth": item.depth } : {};
    const element = item.href ? h("a.menu-item", { ...props, style, href: item.href, target: item.target }, inside) : h("button.menu-item", { ...props, style, type: "button" }, inside);
    element.addEventListener("click", () => {
      close();
      item.onselect?.();
    });
    return element;
  }

  anchor.setAttribute("aria-expanded", "true");
  (anchor.closest("dialog") ?? layer()).append(menu);
  place(menu, anchor, align);
  (choices.find((item) => item.getAttribute("aria-checked") === "true") ?? choices[0])?.focus();

  menu.addEventListener("keydown", (event) => {
    const at = choices.findIndex((item) => item.matches(":focus"));
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: choices.length - 1 };
    if (event.key in moves) choices.at(moves[event.key] % choices.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else if (event.key.length === 1 && /\p{L}/u.test(event.key)) {
      const next = [...choices.slice(at + 1), ...choices].find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()));
      next?.focus();
    } else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  });
  const outside = (event) => {
    const path = event.composedPath();
    if (!path.includes(menu) && !path.includes(anchor)) close(false);
  };
  document.addEventListener("pointerdown", outside, { signal: abort.signal, capture: true });
  addEventListener("resize", () => close(false), { signal: abort.signal });
  return close;
}

/** Below the anchor, or above where there is no room; always inside the window. */
function place(menu, anchor, align) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = align === "end" ? box.right - width : box.left;
  const below = box.bottom + 4;
  const top = below + height > innerHeight - 8 && box.top - height - 4 > 8 ? box.top - height - 4 : Math.min(below, innerHeight - height - 8);
  menu.style.setProperty("left", `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`);
  menu.style.setProperty("top", `${Math.max(8, top)}px`);
}
