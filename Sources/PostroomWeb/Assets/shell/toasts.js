// Short notes at the bottom of the page: results, with an undo where there is one. Read out by assistive technology.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { layer } from "./layer.js";
import { problemText } from "./problem-note.js";

function region() {
  let element = layer().querySelector(":scope > .toasts");
  if (!element) layer().append((element = h("div.toasts", { role: "status", "aria-live": "polite", popover: "manual" })));
  // Shown anew, it comes to lie over a window that was opened since.
  if (element.matches(":popover-open")) element.hidePopover();
  element.showPopover();
  return element;
}

/**
 * Shows `text` for some seconds. `action` and `onAction` add a button; `kind` is "info" or "error".
 * Returns {close(), setText(text)}.
 */
export function toast(text, { action, onAction, kind = "info", seconds = action ? 8 : 5 } = {}) {
  const words = h("span.toast-text", text);
  const close = () => note.remove();
  const button = action && h("button.toast-action", { type: "button", onclick: () => (close(), onAction()) }, action);
  const dismiss = h("button.icon-button", { type: "button", "aria-label": t("close"), onclick: close }, icon("close"));
  const note = h("div.toast", { dataset: { kind } }, words, button, dismiss);
  region().append(note);
  let timer = setTimeout(close, seconds * 1000);
  // Whoever reads or reaches for it has time.
  for (const type of ["mouseenter", "focusin"]) note.addEventListener(type, () => clearTimeout(timer));
  for (const type of ["mouseleave", "focusout"]) note.addEventListener(type, () => (timer = setTimeout(close, 4000)));
  return { close, setText: (value) => (words.textContent = value) };
}

/** Shows what went wrong and what to do. */
export function showError(error) {
  if (error?.name === "AbortError") return;
  toast(problemText(error), { kind: "error", seconds: 9 });
}

/** Only read out: for what the eye sees anyway. */
export function announce(text) {
  let live = layer().querySelector(":scope > .announcer");
  if (!live) layer().append((live = h("div.announcer.visually-hidden", { role: "status", "aria-live": "polite" })));
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 50);
}
