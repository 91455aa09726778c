// With whom an account is shared, and for what: a part of its settings. Each change is saved at once.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";
import { path, rest } from "../lib/api.js";
import { actionButton, selectField, textField } from "../shell/fields.js";
import { problemNote } from "../shell/problem-note.js";
import { showError } from "../shell/toasts.js";

const rights = () => ["read", "write", "send"].map((right) => [right, t(`share.${right}`)]);

/** The list and the fields that add to it. */
export function sharedWith(account, signal) {
  const list = h("ul.share-list", { role: "list" });
  const problems = h("div");
  const user = textField({ label: t("share.user"), name: "shareUser", autocomplete: "off", spellcheck: "false" });
  const right = selectField({ label: t("share.right"), name: "shareRight", value: "read", options: rights() });
  const add = actionButton(t("share.add"), () => share(user.value.trim(), right.value), { className: "button small", name: "share" });
  user.input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add.run();
  });
  load();
  return h("div.shared-with", list, h("div.form-grid", user.element, right.element), problems, add);

  async function load() {
    try {
      const { shares } = await rest.get(path`/accounts/${account.id}/shares`, { signal });
      fill(list, shares.length ? shares.map(row) : h("li.field-hint", t("share.nobody")));
    } catch (problem) {
      if (problem.name !== "AbortError") fill(list, problemNote(problem));
    }
  }

  function row(share) {
    const name = share.displayName || share.userName;
    const choice = h("select", { "aria-label": t("share.rightOf", { name }) }, rights().map(([value, label]) => h("option", { value, selected: value === share.right }, label)));
    choice.addEventListener("change", () => change(share.userName, choice.value));
    const stop = h("button.icon-button", { type: "button", "aria-label": t("share.remove", { name }), title: t("share.remove", { name }), onclick: () => unshare(share) }, icon("trash"));
    return h("li.share-row", h("span.share-name", name), h("div.field", choice), stop);
  }

  async function change(name, value) {
    await rest.post(path`/accounts/${account.id}/shares`, { user: name, right: value }).catch(showError);
    return load();
  }

  async function share(name, value) {
    fill(problems);
    user.setFault("");
    if (!name) {
      user.setFault(t("fault.required"));
      return user.focus();
    }
    try {
      await rest.post(path`/accounts/${account.id}/shares`, { user: name, right: value });
      user.value = "";
      return await load();
    } catch (problem) {
      if (problem.field === "user") {
        user.setFault(problem.title);
        return user.focus();
      }
      return fill(problems, problemNote(problem));
    }
  }

  async function unshare(share) {
    await rest.delete(path`/accounts/${account.id}/shares/${share.userId}`).catch(showError);
    return load();
  }
}
