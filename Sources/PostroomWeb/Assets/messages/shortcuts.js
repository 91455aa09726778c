// Keys of the mail view. Letters are taken by their place on the keyboard, so that they work in every layout.

import { fill, h } from "../lib/dom.js";
import { t } from "../lib/i18n.js";
import { openDialog } from "../shell/dialog.js";
import { focused } from "../shell/layer.js";

const keys = [
  ["J", "next"], ["K", "previous"], ["Enter", "open"], ["U", "back"], ["C", "compose"], ["R", "reply"], ["A", "replyAll"], ["F", "forward"],
  ["E", "archive"], ["#", "remove"], ["S", "flag"], ["M", "toggleRead"], ["X", "select"], ["/", "search"], ["?", "help"],
];

const isTyping = (element) => element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

/** The command of a key press, or null. Pure but for reading the event. */
export function commandOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === "?") return "help";
  if (event.key === "#" || event.key === "Delete") return "remove";
  if (event.key === "/") return "search";
  if (event.key === "Escape") return "escape";
  if (event.shiftKey) return null;
  const letters = { KeyJ: "next", KeyK: "previous", KeyU: "back", KeyC: "compose", KeyR: "reply", KeyA: "replyAll", KeyF: "forward", KeyE: "archive", KeyS: "flag", KeyM: "toggleRead", KeyX: "select", KeyO: "open" };
  return letters[event.code] ?? null;
}

/** Listens on the whole page where the view is the page, inside the view where it is a panel. */
export function bindShortcuts(view) {
  view.listen(document, "keydown", (event) => {
    if (event.defaultPrevented || isTyping(event.composedPath()[0]) || focused()?.closest?.("dialog, .menu, compose-window")) return;
    if (view.isPanel && !event.composedPath().includes(view)) return;
    const command = commandOf(event);
    if (command && run(view, command) !== false) event.preventDefault();
  });
}

function run(view, command) {
  const { messages, thread } = view;
  switch (command) {
    case "next": return messages.activate(messages.activeIndex + 1);
    case "previous": return messages.activate(messages.activeIndex - 1);
    case "open": return messages.targets[0] ? view.openEmail(messages.targets[0]) : false;
    case "escape": return messages.selected.size ? messages.clearSelection() : view.place.email ? view.back() : false;
    case "back": return view.place.email ? view.back() : false;
    case "compose": return view.compose();
    case "reply": case "replyAll": case "forward": return thread.answer(command);
    case "select": return messages.targets.length || messages.activeIndex >= 0 ? messages.toggleSelected(view.list.ids[messages.activeIndex]) : false;
    case "search": return view.setPane("list"), view.head.input.focus();
    case "help": return showShortcuts();
    default: return messages.targets.length ? view.act(command) : false;
  }
}

export const showShortcuts = () =>
  openDialog({ title: t("shortcuts.title"), className: "dialog-small" }, (window) => {
    fill(window.body, h("dl.shortcuts", keys.map(([key, name]) => [h("dt", h("kbd", key)), h("dd", t(`shortcuts.${name}`))])));
  });
