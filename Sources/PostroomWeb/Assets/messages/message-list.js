// The rows of a MessageList: only those on screen are in the page, so thousands cost nothing. A listbox for assistive technology.

import { Component, fill, h, reconcile } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { scrollToShow, visibleRange } from "../lib/windowing.js";
import { folderName } from "../model/actions.js";
import { problemNote } from "../shell/problem-note.js";
import { makeRow, updateRow } from "./message-row.js";

class MessageListView extends Component {
  selected = new Set();
  #list = null;
  #abort = null;
  #active = null;
  /** A row that was gone to before its page was here. */
  #awaited = null;
  #anchor = null;
  #frame = 0;

  connected() {
    this.rows = h("div.rows", { role: "listbox", "aria-label": t("mail.list"), "aria-multiselectable": "true", tabindex: "0" });
    this.message = h("div.list-message");
    this.scroller = h("div.list-scroller", this.message, this.rows);
    fill(this, this.scroller);
    this.listen(this.scroller, "scroll", () => this.#later(), { passive: true });
    this.listen(this.rows, "click", (event) => this.#clicked(event));
    this.listen(this.rows, "keydown", (event) => this.#key(event));
    this.listen(this.rows, "focus", () => this.#active ?? this.activate(0, false));
    this.listen(this.rows, "dragstart", (event) => this.#dragStart(event));
    this.resize = new ResizeObserver(() => this.#later());
    this.resize.observe(this.scroller);
  }

  disconnected() {
    this.resize.disconnect();
    this.#abort?.abort();
  }

  get rowHeight() {
    return parseFloat(getComputedStyle(this).getPropertyValue("--row-height")) || 76;
  }

  show(list) {
    this.#abort?.abort();
    this.#abort = new AbortController();
    this.#list = list;
    this.#active = null;
    this.#awaited = null;
    this.#anchor = null;
    this.selected.clear();
    this.scroller.scrollTop = 0;
    list.addEventListener("change", () => this.#later(), { signal: this.#abort.signal });
    this.showSkeleton();
    this.draw();
  }

  showSkeleton() {
    this.rows.hidden = true;
    if (this.message.firstElementChild?.matches(".row-skeletons")) return;
    const row = () => h("div.row-skeleton", h("span.skeleton.round"), h("span.skeleton-lines", h("span.skeleton"), h("span.skeleton"), h("span.skeleton")));
    fill(this.message, h("div.row-skeletons", { "aria-label": t("loading"), role: "status" }, Array.from({ length: 8 }, row)));
  }

  showProblem(error, retry) {
    this.rows.hidden = true;
    fill(this.message, h("div.empty", problemNote(error), retry && h("button.button", { type: "button", onclick: retry }, t("retry"))));
  }

  showEmpty({ icon: name, title, text, action }) {
    this.rows.hidden = true;
    fill(this.message, h("div.empty", icon(name, "large"), h("h3", title), text && h("p", text), action));
  }

  #later() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.isConnected && this.draw());
  }

  draw() {
    const list = this.#list;
    if (!list || list !== this.view.list) return;
    const { scrollTop, clientHeight } = this.scroller;
    const rowHeight = this.rowHeight;
    const range = visibleRange({ scrollTop, height: clientHeight || 600, rowHeight, total: list.total ?? 50 });
    list.show(range.from, Math.max(range.to, 1));
    if (list.total === null) {
      if (list.error) this.showProblem(list.error, () => list.show(0, 1));
      return;
    }
    this.selected = new Set([...this.selected].map((id) => list.mail.present(id)).filter((id) => list.ids.includes(id)));
    this.#active = list.mail.present(this.#active);
    this.view.head.drawSelection();
    if (!list.total) return this.#drawEmpty();
    if (this.#awaited !== null && list.ids[this.#awaited]) {
      this.#active = list.ids[this.#awaited];
      this.#awaited = null;
    }
    fill(this.message);
    this.rows.hidden = false;
    this.rows.style.setProperty("block-size", `${list.total * rowHeight}px`);
    const items = [];
    for (let index = range.from; index < range.to; index++) items.push({ index, id: list.ids[index], list, isSelected: this.selected.has(list.ids[index]) });
    reconcile(this.rows, items, { key: (item) => item.id ?? `wait-${item.index}`, make: makeRow, update: updateRow });
    for (const row of this.rows.children) {
      row.style.setProperty("inset-block-start", `${row.index * rowHeight}px`);
      row.classList.toggle("is-current", row.dataset.key === this.view.place.email);
      row.classList.toggle("is-active", row.dataset.key === this.#active);
    }
    const active = [...this.rows.children].find((row) => row.dataset.key === this.#active);
    if (active) this.rows.setAttribute("aria-activedescendant", active.id);
    else this.rows.removeAttribute("aria-activedescendant");
    this.classList.toggle("is-selecting", this.selected.size > 0);
  }

  #drawEmpty() {
    const { place, mail, mailbox } = this.view;
    const phase = mail.account.status?.phase;
    if (place.search) return this.showEmpty({ icon: "search", title: t("search.nothing.title"), text: t("search.nothing.text") });
    if (place.filter !== "all") return this.showEmpty({ icon: "check", title: t("list.filtered.title"), text: t("list.filtered.text") });
    if (["connecting", "syncing", "idle"].includes(phase) && !mail.account.status?.lastSyncedAt) return this.showEmpty({ icon: "refresh", title: t("list.syncing.title"), text: t("list.syncing.text") });
    const role = ["inbox", "drafts", "sent", "archive", "junk", "trash"].includes(mailbox?.role) ? mailbox.role : "other";
    return this.showEmpty({ icon: mailbox?.role ?? "folder", title: t(`list.empty.${role}`, { folder: mailbox ? folderName(mailbox) : "" }), text: t(`list.empty.${role}.text`) });
  }

  /** The email ids an action is about: the selected ones, else the current row. */
  get targets() {
    if (this.selected.size) return [...this.selected];
    const id = this.#active ?? this.view.place.email;
    return id && this.#list?.ids.includes(id) ? [id] : [];
  }

  /** The emails behind `ids`, whole conversations where rows stand for them. */
  emailsOf(ids) {
    return ids.flatMap((id) => this.#list.group(id));
  }

  setCurrent(id) {
    if (id) this.#active = id;
    this.draw();
  }

  focusCurrent() {
    this.rows.focus({ preventScroll: true });
  }

  /** Moves the active row, and opens it too where a conversation is open beside. */
  activate(index, opens = this.view.place.email !== null && !this.view.isNarrow) {
    const list = this.#list;
    if (!list?.total) return;
    const at = Math.max(0, Math.min(index, list.total - 1));
    const top = scrollToShow({ index: at, scrollTop: this.scroller.scrollTop, height: this.scroller.clientHeight, rowHeight: this.rowHeight });
    if (top !== null) this.scroller.scrollTop = top;
    this.#active = list.ids[at] ?? null;
    this.#awaited = this.#active ? null : at;
    if (opens && this.#active && !this.#list.email(at)?.keywords?.$draft) this.view.openEmail(this.#active);
    this.draw();
  }

  get activeIndex() {
    return this.#awaited ?? (this.#list ? this.#list.ids.indexOf(this.#active) : -1);
  }

  /** The row to show after the current ones go: the next one, else the one before. */
  neighbour(ids) {
    const going = new Set(ids);
    const at = this.#list.ids.findIndex((id) => going.has(id));
    return this.#list.ids.slice(at).find((id) => id && !going.has(id)) ?? this.#list.ids.slice(0, Math.max(at, 0)).reverse().find((id) => id && !going.has(id)) ?? null;
  }

  toggleSelected(id, { isRange = false } = {}) {
    const ids = this.#list.ids;
    if (isRange && this.#anchor !== null && ids.includes(this.#anchor)) {
      const [from, to] = [ids.indexOf(this.#anchor), ids.indexOf(id)].sort((left, right) => left - right);
      ids.slice(from, to + 1).forEach((item) => item && this.selected.add(item));
    } else if (!this.selected.delete(id)) this.selected.add(id);
    this.#anchor = id;
    this.draw();
  }

  selectAll() {
    this.#list?.ids.forEach((id) => this.selected.add(id));
    this.draw();
  }

  clearSelection() {
    this.selected.clear();
    this.draw();
  }

  #clicked(event) {
    const row = event.target.closest("[role=option]");
    if (!row?.dataset.key || row.dataset.key.startsWith("wait-")) return;
    const id = row.dataset.key;
    const action = event.target.closest("[data-action]")?.dataset.action;
    this.#active = id;
    if (action === "flag") return this.view.act("flag", [id]);
    if (action === "archive" || action === "remove") return this.view.act(action, [id]);
    if (action === "select" || event.ctrlKey || event.metaKey) return this.toggleSelected(id);
    if (event.shiftKey) return this.toggleSelected(id, { isRange: true });
    this.#anchor = id;
    this.selected.clear();
    return this.view.openEmail(id);
  }

  #key(event) {
    const at = this.activeIndex;
    const pageRows = Math.max(1, Math.floor(this.scroller.clientHeight / this.rowHeight) - 1);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + pageRows, PageUp: at - pageRows, Home: 0, End: (this.#list?.total ?? 1) - 1 };
    if (event.key in moves && !event.altKey) {
      this.activate(moves[event.key]);
      if (event.shiftKey && this.#active) this.toggleSelected(this.#active, { isRange: true });
    } else if (event.key === "Enter" && this.#active) this.view.openEmail(this.#active);
    else if (event.key === " " && this.#active) this.toggleSelected(this.#active);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) this.selectAll();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #dragStart(event) {
    const id = event.target.closest?.("[role=option]")?.dataset.key;
    if (!id) return;
    const ids = this.selected.has(id) ? [...this.selected] : [id];
    event.dataTransfer.setData("application/x-postroom-emails", JSON.stringify(this.emailsOf(ids).map((email) => email.id)));
    event.dataTransfer.effectAllowed = "move";
  }
}

customElements.define("message-list", MessageListView);
