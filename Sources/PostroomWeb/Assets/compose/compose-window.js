// The window to write in, at the corner of the page or filling a phone. Saves by itself; sends and tells what became of it.

import { Component, debounce, fill, h, uniqueId } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { formats, t } from "../lib/i18n.js";
import { formatAddress } from "../lib/addresses.js";
import { confirmDialog } from "../shell/dialog.js";
import { menuButton } from "../shell/menu.js";
import { problemNote } from "../shell/problem-note.js";
import { showError, toast } from "../shell/toasts.js";
import { followSubmission } from "./follow.js";
import { signatureOf } from "./beginnings.js";
import { Draft } from "./draft.js";
import "./recipients-field.js";
import "./text-editor.js";
import "./upload-list.js";

class ComposeWindow extends Component {
  draft = null;
  #isChanged = false;
  #isDone = false;
  #autosave = debounce(4000, () => this.#save());

  connected() {
    const { draft } = this;
    this.setAttribute("role", "dialog");
    this.heading = h("h2.compose-title", { id: uniqueId("compose") });
    this.setAttribute("aria-labelledby", this.heading.id);
    this.state = h("span.compose-state", { role: "status" });
    const iconButton = (name, label, onclick) => h("button.icon-button", { type: "button", "aria-label": label, title: label, onclick }, icon(name));
    const head = h("header.compose-head", this.heading, this.state,
      iconButton("expand", t("compose.expand"), () => this.classList.toggle("is-large")), iconButton("close", t("compose.close"), () => this.leave()));
    this.to = this.#recipients("to");
    this.cc = this.#recipients("cc");
    this.bcc = this.#recipients("bcc");
    this.more = h("button.link.compose-more", { type: "button", onclick: () => this.#showCopies(true) }, t("compose.ccBcc"));
    this.subject = h("input.compose-subject", { id: uniqueId("subject"), name: "subject", value: draft.subject, autocomplete: "off", oninput: () => this.#changed() });
    this.editor = h("text-editor");
    Object.assign(this.editor, { content: draft.content, isPlain: draft.isPlain });
    this.uploads = h("upload-list");
    this.uploads.mail = draft.mail;
    this.problem = h("div.compose-problem");
    const file = h("input", { type: "file", multiple: true, hidden: true, "aria-label": t("compose.attach"), onchange: () => (this.uploads.add(file.files), (file.value = "")) });
    this.sendButton = h("button.button.primary", { type: "button", onclick: () => this.send() }, icon("sent"), t("compose.send"));
    const foot = h("footer.compose-foot", this.sendButton, iconButton("attachment", t("compose.attach"), () => file.click()), file,
      menuButton({ content: icon("more"), label: t("compose.options"), align: "start", items: () => [{ label: t("compose.plain"), isChecked: this.editor.isPlain, onselect: () => this.editor.setPlain(!this.editor.isPlain) }] }),
      h("span.tool-gap"), iconButton("trash", t("compose.discard"), () => this.#discard()));
    this.fields = h("div.compose-fields", this.#fromField(), h("div.compose-to", this.to, this.more), this.cc, this.bcc,
      h("div.compose-line", h("label", { htmlFor: this.subject.id }, t("compose.subject")), this.subject));
    fill(this, head, this.fields, this.problem, this.editor, this.uploads, foot);
    this.uploads.value = draft.attachments;
    this.#showCopies(draft.cc.length > 0 || draft.bcc.length > 0);
    this.#drawTitle();
    this.listen(this, "change", () => this.#changed());
    this.listen(this, "keydown", (event) => this.#key(event));
    for (const type of ["dragover", "dragleave", "drop"]) this.listen(this, type, (event) => this.#drag(event));
    this.listen(window, "pagehide", () => this.#isChanged && !this.#isDone && this.#save());
    if (draft.to.length) this.editor.focusStart();
    else this.to.focus();
  }

  disconnected() {
    this.#autosave.cancel();
  }

  focusText() {
    this.editor.focusStart();
  }

  #recipients(name) {
    const field = h("recipients-field", { class: `compose-line field-${name}` });
    field.label = t(`compose.${name}`);
    field.value = this.draft[name];
    return field;
  }

  #fromField() {
    const senders = Draft.senders();
    const at = Math.max(0, senders.findIndex(({ mail, identity }) => mail === this.draft.mail && identity.id === this.draft.identity.id));
    const select = h("select", { id: uniqueId("from"), name: "from" }, senders.map(({ identity }, index) => h("option", { value: index, selected: index === at }, formatAddress(identity))));
    select.addEventListener("change", () => this.#changeSender(senders[select.value]));
    return h("div.compose-line", { hidden: senders.length < 2 }, h("label", { htmlFor: select.id }, t("compose.from")), select);
  }

  #changeSender({ mail, identity }) {
    const isOtherAccount = mail !== this.draft.mail;
    Object.assign(this.draft, { mail, identity });
    this.uploads.mail = mail;
    if (isOtherAccount && this.uploads.value.length) toast(t("compose.otherAccountFiles"));
    const old = this.editor.querySelector(".signature");
    const signature = signatureOf(identity);
    if (old) signature ? old.replaceWith(signature) : old.remove();
    this.#changed();
  }

  #showCopies(isShown) {
    this.cc.hidden = !isShown;
    this.bcc.hidden = !isShown;
    this.more.hidden = isShown;
    if (isShown && this.contains(document.activeElement)) this.cc.focus();
  }

  #drawTitle() {
    this.heading.textContent = this.subject.value.trim() || t("compose.new");
  }

  #changed() {
    this.#isChanged = true;
    this.state.textContent = "";
    this.#drawTitle();
    this.#autosave();
  }

  /** What is in the fields, into the draft; the text as {text, html}. */
  #collect() {
    for (const name of ["to", "cc", "bcc"]) {
      this[name].commit();
      this.draft[name] = this[name].value;
    }
    this.draft.subject = this.subject.value.trim();
    this.draft.attachments = this.uploads.value;
    return this.editor.body;
  }

  async #save() {
    this.#autosave.cancel();
    if (!this.#isChanged || this.#isDone) return true;
    this.#isChanged = false;
    this.state.textContent = t("compose.saving");
    try {
      const typing = document.activeElement;
      // An address half typed stays half typed.
      const body = typing?.matches?.(".chips-input") ? this.#collectQuietly() : this.#collect();
      await this.draft.save(body);
      if (!this.#isChanged) this.state.textContent = t("compose.saved", { time: formats.time(Date.now()) });
      return true;
    } catch (error) {
      this.#isChanged = true;
      this.state.textContent = t("compose.notSaved");
      this.lastError = error;
      if (!error.isAway) fill(this.problem, problemNote(error, { level: "warning" }));
      else this.#autosave();
      return false;
    }
  }

  #collectQuietly() {
    for (const name of ["to", "cc", "bcc"]) this.draft[name] = this[name].value;
    this.draft.subject = this.subject.value.trim();
    this.draft.attachments = this.uploads.value;
    return this.editor.body;
  }

  async send() {
    const body = this.#collect();
    const fault = this.#fault();
    if (fault) {
      fill(this.problem, problemNote({ title: fault.text }, { level: "warning" }));
      return fault.field.focus();
    }
    const mentions = /attach|прикрепл|прилага|вложени|во вложении/i.test(body.text.split("\n").filter((line) => !line.startsWith(">")).join("\n"));
    if (mentions && !this.uploads.value.length && !(await confirmDialog({ title: t("compose.noAttachment.title"), text: t("compose.noAttachment.text"), action: t("compose.sendAnyway") }))) return undefined;
    if (!this.draft.subject && !(await confirmDialog({ title: t("compose.noSubject.title"), text: t("compose.noSubject.text"), action: t("compose.sendAnyway") }))) return this.subject.focus();
    this.#autosave.cancel();
    this.sendButton.disabled = true;
    this.state.textContent = t("submission.sending");
    fill(this.problem);
    try {
      const id = await this.draft.send(body);
      this.#isDone = true;
      this.remove();
      return followSubmission(this.draft.mail, id, this.draft);
    } catch (error) {
      this.sendButton.disabled = false;
      this.state.textContent = "";
      this.#isChanged = true;
      return fill(this.problem, problemNote(error));
    }
  }

  #fault() {
    for (const name of ["to", "cc", "bcc"]) {
      const [wrong] = this[name].invalid;
      if (wrong) return { field: this[name], text: t("compose.wrongAddress", { address: wrong.email }) };
    }
    if (!this.draft.recipients.length) return { field: this.to, text: t("compose.noRecipient") };
    if (this.uploads.isBusy) return { field: this.sendButton, text: t("compose.uploadsRunning") };
    if (this.uploads.hasFailed) return { field: this.sendButton, text: t("compose.uploadsFailed") };
    return null;
  }

  /** Closes; what was written is in Drafts. */
  async leave() {
    if (this.#isChanged && !(await this.#save())) {
      const isSure = await confirmDialog({ title: t("compose.lose.title"), text: t("compose.lose.text"), action: t("compose.discard"), isDangerous: true });
      if (!isSure) return;
    } else if (this.draft.emailId && !this.#isDone) toast(t("compose.keptInDrafts"));
    this.#isDone = true;
    this.remove();
  }

  async #discard() {
    const hasText = this.#isChanged || this.draft.emailId;
    if (hasText && !(await confirmDialog({ title: t("compose.discard.title"), text: t("compose.discard.text"), action: t("compose.discard"), isDangerous: true }))) return;
    this.#isDone = true;
    this.remove();
    this.draft.discard().catch(showError);
  }

  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") this.leave();
    else if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#isChanged = true;
      this.#save();
    } else return;
    event.stopPropagation();
  }

  #drag(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.classList.toggle("is-dropping", event.type === "dragover");
    if (event.type === "drop") this.uploads.add(event.dataTransfer.files);
  }
}

customElements.define("compose-window", ComposeWindow);
