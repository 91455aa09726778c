// Form fields with real labels, hints and faults that belong to them.
//
//   const host = textField({ label: t("server.address"), name: "imap.host", isRequired: true });
//   host.setFault("No such host"); host.value; host.input

import { fill, h, uniqueId } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";

/** Wraps an input: label above, hint and fault below, tied together by aria-describedby. */
function field(input, { label, hint, isRequired = false, className = "" }) {
  const id = uniqueId("field");
  input.id = id;
  const hintElement = hint ? h("p.field-hint", { id: `${id}-hint` }, hint) : null;
  const fault = h("p.field-fault", { id: `${id}-fault`, hidden: true });
  const described = [hintElement && `${id}-hint`, `${id}-fault`].filter(Boolean).join(" ");
  input.setAttribute("aria-describedby", described);
  if (isRequired) input.setAttribute("aria-required", "true");
  const element = h("div.field", { class: `${className} ${isRequired ? "required" : ""}` }, h("label", { htmlFor: id }, label), input, hintElement, fault);
  return {
    element,
    input,
    get value() {
      return input.value;
    },
    set value(text) {
      input.value = text;
    },
    /** Marks the field with a text and, if given, a button {label, apply} that mends it; no text takes the mark away. */
    setFault(text, offer) {
      fault.hidden = !text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      const button = text && offer && h("button.link", { type: "button", onclick: offer.apply }, offer.label);
      fill(fault, text && icon("warning"), text && h("span", text, button && " ", button));
    },
    focus: () => input.focus(),
  };
}

export function textField({ type = "text", name, value = "", placeholder, autocomplete, inputmode, list, isReadOnly, autofocus, maxlength, spellcheck, ...rest }) {
  const input = h("input", {
    type, name, value, placeholder, autocomplete, inputmode, maxlength, readonly: isReadOnly, autofocus, spellcheck: spellcheck ?? (type === "text" ? null : "false"),
  });
  const made = field(input, rest);
  if (list) {
    const id = uniqueId("list");
    made.element.append(h("datalist", { id }, list.map((item) => h("option", { value: item }))));
    input.setAttribute("list", id);
  }
  return made;
}

/** `options`: [[value, label]]. */
export function selectField({ name, value, options, ...rest }) {
  const input = h("select", { name }, options.map(([key, label]) => h("option", { value: key, selected: key === value }, label)));
  input.value = value;
  return field(input, rest);
}

export function textArea({ name, value = "", rows = 4, placeholder, ...rest }) {
  return field(h("textarea", { name, rows, placeholder, value }), rest);
}

/** A password with a button that shows it. */
export function passwordField(options) {
  const made = textField({ ...options, type: "password" });
  const show = h("button.link.field-show", { type: "button", "aria-pressed": "false" }, t("password.show"));
  show.addEventListener("click", () => {
    const isShown = made.input.type === "text";
    made.input.type = isShown ? "password" : "text";
    show.textContent = isShown ? t("password.show") : t("password.hide");
    show.setAttribute("aria-pressed", String(!isShown));
  });
  made.element.querySelector("label").after(h("div.field-with-button", made.input, show));
  return made;
}

/** A check box with its text beside it. */
export function checkField({ name, label, hint, isChecked = false, isSwitch = false }) {
  const id = uniqueId("field");
  const input = h("input", { type: "checkbox", id, name, checked: isChecked, role: isSwitch ? "switch" : null, class: isSwitch ? "switch" : "" });
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  const element = h("div.check", input, h("div", h("label", { htmlFor: id }, label), hint && h("p.field-hint", { id: `${id}-hint` }, hint)));
  return {
    element,
    input,
    get value() {
      return input.checked;
    },
    set value(isOn) {
      input.checked = isOn;
    },
    setFault() {},
    focus: () => input.focus(),
  };
}

/** Shows a Problem's faults at their fields by name; returns those that have no field here. Focuses the first. */
export function showFaults(fields, faults, describe = (fault) => ({ text: [fault.title, fault.fix].filter(Boolean).join(" ") })) {
  for (const item of Object.values(fields)) item.setFault("");
  const rest = faults.filter((fault) => {
    const target = fields[fault.field];
    if (!target) return true;
    const { text, offer } = describe(fault);
    target.setFault(text, offer);
    return false;
  });
  const first = Object.entries(fields).find(([name]) => faults.some((fault) => fault.field === name));
  first?.[1].focus();
  return rest;
}

/** A button that tells that it works and cannot be pressed twice: runs `action`, keeps its width and its focus. */
export function actionButton(label, action, { className = "button", type = "button", name } = {}) {
  const button = h("button", { type, class: className, name }, h("span.button-label", label));
  button.run = async () => {
    if (button.getAttribute("aria-busy") === "true") return undefined;
    button.setAttribute("aria-busy", "true");
    try {
      return await action(button);
    } finally {
      button.removeAttribute("aria-busy");
    }
  };
  if (type === "button") button.addEventListener("click", button.run);
  return button;
}
