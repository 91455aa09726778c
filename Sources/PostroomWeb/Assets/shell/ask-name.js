// Asks for one line of text in a window.

import { fill, h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { openDialog } from "./dialog.js";
import { textField } from "./fields.js";

/** The text typed, trimmed; undefined where the person went away. */
export function askName({ title, label, value = "", action }) {
  return openDialog({ title, className: "dialog-small" }, (window) => {
    const field = textField({ label, value, isRequired: true, autofocus: true });
    const form = h("form.form",
      field.element,
      h("div.dialog-actions",
        h("button.button", { type: "button", onclick: () => window.close() }, t("cancel")),
        h("button.button.primary", { type: "submit" }, action)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (field.value.trim()) window.close(field.value.trim());
      else field.setFault(t("fault.required"));
    });
    fill(window.body, form);
  });
}
