// The text of a message: simple formatting in a contenteditable, or plain text. What is pasted is cleaned first.

import { Component, fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { cleanHtml, hasFormatting, toPlainText } from "../lib/rich-text.js";
import { askName } from "../shell/ask-name.js";

const commands = [
  ["bold", "bold"], ["italic", "italic"], ["underline", "underline"], ["list", "insertUnorderedList"], ["numbers", "insertOrderedList"], ["quote", "formatBlock", "blockquote"],
];

class TextEditor extends Component {
  isPlain = false;
  content = [];

  connected() {
    this.area = h("div.editor-area", { contenteditable: "true", role: "textbox", "aria-multiline": "true", "aria-label": t("compose.text"), spellcheck: "true" }, this.content);
    const tool = (name, action) => h("button.icon-button", { type: "button", "aria-label": t(`editor.${name}`), title: t(`editor.${name}`), onmousedown: (event) => event.preventDefault(), onclick: action }, icon(name));
    this.tools = h("div.editor-tools", { role: "toolbar", "aria-label": t("editor.tools") },
      commands.map(([name, command, value]) => tool(name, () => this.#run(command, value))), tool("link", () => this.#link()), tool("clear", () => this.#run("removeFormat")));
    fill(this, this.area, this.tools);
    this.#setMode();
    this.listen(this.area, "input", () => this.emit("change"));
    this.listen(this.area, "paste", (event) => this.#paste(event));
    this.listen(this.area, "drop", (event) => event.dataTransfer.files.length && event.preventDefault());
    this.listen(this.area, "click", (event) => event.target.closest("a") && event.preventDefault());
  }

  focusStart() {
    this.area.focus({ preventScroll: true });
    const range = document.createRange();
    range.setStart(this.area.firstElementChild ?? this.area, 0);
    range.collapse(true);
    const selection = this.getRootNode().getSelection?.() ?? getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    this.area.scrollTop = 0;
  }

  setPlain(isPlain) {
    this.isPlain = isPlain;
    if (isPlain) fill(this.area, toPlainText(this.area).trimEnd().split("\n").map((line) => h("div", line || h("br"))));
    this.#setMode();
    this.emit("change");
  }

  #setMode() {
    this.tools.hidden = this.isPlain;
    this.area.classList.toggle("is-plain", this.isPlain);
  }

  /** {text, html}; html is null where there is nothing plain text cannot say. */
  get body() {
    const text = `${toPlainText(this.area).trimEnd()}\n`;
    if (this.isPlain || !hasFormatting(this.area)) return { text, html: null };
    const clean = h("div", cleanHtml(this.area.innerHTML));
    // No element has an attribute but links' href here, so each "<blockquote>" is a tag.
    const styled = clean.innerHTML.replaceAll("<blockquote>", '<blockquote style="margin:0 0 0 .8ex;border-left:2px solid #ccc;padding-left:1ex">');
    return { text, html: `<!doctype html><html><body>${styled}</body></html>` };
  }

  #run(command, value) {
    this.area.focus();
    const isQuoted = command === "formatBlock" && document.queryCommandValue("formatBlock") === "blockquote";
    document.execCommand(isQuoted ? "outdent" : command, false, value);
    this.emit("change");
  }

  async #link() {
    const selection = this.getRootNode().getSelection?.() ?? getSelection();
    const range = selection.rangeCount ? selection.getRangeAt(0).cloneRange() : null;
    const typed = await askName({ title: t("editor.link"), label: t("editor.linkAddress"), value: "https://", action: t("add") });
    if (!typed || !/^(https?:\/\/|mailto:)\S/.test(typed)) return;
    this.area.focus();
    if (range) {
      selection.removeAllRanges();
      selection.addRange(range);
    }
    if (!range || range.collapsed) document.execCommand("insertText", false, typed);
    else document.execCommand("createLink", false, typed);
    this.emit("change");
  }

  #paste(event) {
    if (event.clipboardData.files.length) return;
    event.preventDefault();
    const html = event.clipboardData.getData("text/html");
    if (html && !this.isPlain) {
      const holder = h("div", cleanHtml(html));
      document.execCommand("insertHTML", false, holder.innerHTML);
    } else document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  }
}

customElements.define("text-editor", TextEditor);
