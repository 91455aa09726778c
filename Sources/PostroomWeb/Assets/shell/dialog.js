// Windows: <dialog> with a title, closed by Esc, focus kept inside and given back by the browser.

import { fill, h, uniqueId } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { focused, layer } from "./layer.js";

/**
 * Opens a modal window. `draw(window)` fills it: window.body, window.setTitle(text), window.close(result), window.signal.
 * Returns a promise of the result; undefined when it was closed without one.
 */
export function openDialog({ title, className = "", canClose = () => true }, draw) {
  const before = focused();
  const titleId = uniqueId("title");
  const heading = h("h2.dialog-title", { id: titleId }, title);
  const body = h("div.dialog-body");
  const closeButton = h("button.icon-button.dialog-close", { type: "button", "aria-label": t("close") }, icon("close"));
  const element = h("dialog.dialog", { class: className, "aria-labelledby": titleId }, h("header.dialog-head", heading, closeButton), body);
  const abort = new AbortController();
  return new Promise((resolve) => {
    let result;
    const window = {
      element,
      body,
      signal: abort.signal,
      setTitle: (text) => (heading.textContent = text),
      close(value) {
        result = value;
        element.close();
      },
    };
    const tryClose = async () => (await canClose()) && window.close();
    closeButton.addEventListener("click", tryClose);
    element.addEventListener("cancel", (event) => {
      event.preventDefault();
      tryClose();
    });
    element.addEventListener("close", () => {
      abort.abort();
      element.remove();
      if (before?.isConnected) before.focus({ preventScroll: true });
      resolve(result);
    });
    layer().append(element);
    draw(window);
    element.showModal();
    (element.querySelector("[autofocus]") ?? element.querySelector("input, select, textarea") ?? closeButton).focus();
  });
}

/** Asks yes or no: true for yes. */
export async function confirmDialog({ title, text, action, isDangerous = false, children = [] }) {
  return Boolean(await openDialog({ title, className: "dialog-small" }, (window) => {
    fill(window.body,
      text && h("p", text),
      children,
      h("div.dialog-actions",
        h("button.button", { type: "button", onclick: () => window.close(false) }, t("cancel")),
        h("button.button.primary", { type: "button", class: isDangerous ? "danger" : "", autofocus: true, onclick: () => window.close(true) }, action)));
  }));
}
