// Recipients as chips: typed or pasted, completed from people one has mail from, removed with Backspace, moved on with Enter.

import { Component, fill, h, uniqueId } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { displayName, formatAddress, looksLikeAddress, parseAddresses, sameAddress, uniqueAddresses } from "../lib/addresses.js";
import { mail as allMail } from "../model/mail.js";

class RecipientsField extends Component {
  #list = [];
  #choices = [];
  #at = -1;

  constructor() {
    super();
    this.inputId = uniqueId("recipients");
  }

  get value() {
    return this.#list;
  }

  set value(list) {
    this.#list = uniqueAddresses(list);
    if (this.chips) this.#draw();
  }

  /** Takes what is typed and not yet a chip. */
  commit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.#list = uniqueAddresses([...this.#list, ...parseAddresses(text)]);
    this.#draw();
    this.emit("change");
  }

  get invalid() {
    return this.#list.filter(({ email }) => !looksLikeAddress(email));
  }

  focus() {
    this.input.focus();
  }

  connected() {
    const menuId = uniqueId("people");
    this.chips = h("span.chips", { role: "list" });
    this.input = h("input.chips-input", {
      id: this.inputId, type: "text", inputmode: "email", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
      role: "combobox", "aria-expanded": "false", "aria-controls": menuId, "aria-autocomplete": "list",
    });
    this.menu = h("div.completions", { id: menuId, role: "listbox", hidden: true });
    fill(this, h("label.recipients-label", { htmlFor: this.inputId }, this.label), h("span.chips-box", this.chips, this.input), this.menu);
    this.#draw();
    this.listen(this, "click", (event) => event.target.closest("button, .completions") || this.input.focus());
    this.listen(this.input, "input", () => (/[,;\n]/.test(this.input.value) ? this.#typedSeparator() : this.#complete()));
    this.listen(this.input, "keydown", (event) => this.#key(event));
    this.listen(this.input, "paste", (event) => {
      const text = event.clipboardData.getData("text/plain");
      if (!/[,;\n@]/.test(text)) return;
      event.preventDefault();
      this.input.value += text;
      this.commit();
    });
    this.listen(this.input, "blur", () => setTimeout(() => this.isConnected && (this.#close(), this.commit()), 150));
  }

  #typedSeparator() {
    // A comma inside quotes belongs to the name.
    if ((this.input.value.match(/"/g) ?? []).length % 2 === 0) this.commit();
    this.#close();
  }

  #draw() {
    fill(this.chips, this.#list.map((address, index) => {
      const isWrong = !looksLikeAddress(address.email);
      return h("span.chip-recipient", { role: "listitem", class: isWrong ? "is-wrong" : "", title: isWrong ? t("compose.invalidAddress") : formatAddress(address) },
        h("button.chip-text", { type: "button", onclick: () => this.#edit(index) }, displayName(address)),
        h("button.chip-remove", { type: "button", "aria-label": t("compose.removeRecipient", { name: displayName(address) }), onclick: () => this.#remove(index) }, icon("close")));
    }));
  }

  #edit(index) {
    const [address] = this.#list.splice(index, 1);
    this.commit();
    this.input.value = formatAddress(address);
    this.#draw();
    this.input.focus();
    this.emit("change");
  }

  #remove(index) {
    this.#list = this.#list.filter((_, at) => at !== index);
    this.#draw();
    this.input.focus();
    this.emit("change");
  }

  #key(event) {
    const isOpen = !this.menu.hidden;
    if (event.key === "Backspace" && !this.input.value && this.#list.length) this.#remove(this.#list.length - 1);
    else if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) this.#move(event.key === "ArrowDown" ? 1 : -1);
    else if (isOpen && event.key === "Escape") this.#close();
    else if ((event.key === "Enter" || event.key === "Tab") && isOpen && this.#at >= 0) this.#choose(this.#choices[this.#at]);
    else if (event.key === "Enter") this.commit();
    else return;
    if (event.key !== "Backspace") event.preventDefault();
    event.stopPropagation();
  }

  #complete() {
    const typed = this.input.value.trim().toLowerCase();
    this.#choices = typed ? people().filter((person) => !this.#list.some((item) => sameAddress(item, person)) && matches(person, typed)).slice(0, 6) : [];
    this.#at = this.#choices.length ? 0 : -1;
    this.menu.hidden = !this.#choices.length;
    this.input.setAttribute("aria-expanded", String(!this.menu.hidden));
    fill(this.menu, this.#choices.map((person, index) => h("div.completion", {
      role: "option", id: `${this.inputId}-${index}`, "aria-selected": String(index === this.#at),
      onpointerdown: (event) => (event.preventDefault(), this.#choose(person)),
    }, h("span", displayName(person)), person.name && h("span.completion-address", person.email))));
    this.#mark();
  }

  #move(step) {
    this.#at = (this.#at + step + this.#choices.length) % this.#choices.length;
    this.#mark();
  }

  #mark() {
    [...this.menu.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.#at)));
    if (this.#at >= 0) this.input.setAttribute("aria-activedescendant", `${this.inputId}-${this.#at}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #choose(person) {
    this.input.value = "";
    this.#close();
    this.value = [...this.#list, person];
    this.emit("change");
    this.input.focus();
  }

  #close() {
    this.menu.hidden = true;
    this.#at = -1;
    this.#choices = [];
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

const matches = ({ name, email }, typed) => email.toLowerCase().startsWith(typed) || email.toLowerCase().split("@")[1]?.startsWith(typed) || (name ?? "").toLowerCase().split(/[\s.]+/).some((word) => word.startsWith(typed)) || (name ?? "").toLowerCase().startsWith(typed);

/** Everybody in the mail that is loaded, those met most often first. */
function people() {
  const found = new Map();
  for (const account of allMail.accounts.values()) {
    for (const email of account.emails.values()) {
      for (const person of [...(email.from ?? []), ...(email.to ?? []), ...(email.cc ?? [])]) {
        if (!person?.email) continue;
        const key = person.email.toLowerCase();
        const known = found.get(key) ?? { name: person.name, email: person.email, count: 0 };
        known.count += 1;
        known.name ||= person.name;
        found.set(key, known);
      }
    }
  }
  return [...found.values()].sort((left, right) => right.count - left.count).map(({ name, email }) => ({ name, email }));
}

customElements.define("recipients-field", RecipientsField);
