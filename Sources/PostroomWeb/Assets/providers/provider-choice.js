// A list of providers to choose from, with a box to narrow it where it is long.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { t } from "../lib/i18n.js";

export function providerChoice(providers, onchoose) {
  const list = h("ul.choice-list", { role: "list" });
  const draw = (typed = "") => {
    const found = providers.filter(({ name, imap, domains }) => [name, imap?.host, ...(domains ?? [])].join(" ").toLowerCase().includes(typed.toLowerCase()));
    fill(list, found.length ? found.map((provider) => h("li", h("button.choice", { type: "button", onclick: () => onchoose(provider) },
      h("span.choice-words", h("strong", provider.name), h("span", provider.imap?.host ?? "")), icon("next")))) : h("li.choice-none", t("providers.noneFound")));
  };
  draw();
  const box = providers.length > 6 && h("input.search-input", { type: "search", "aria-label": t("providers.search"), placeholder: t("providers.search"), oninput: (event) => draw(event.target.value.trim()) });
  return h("div.choice-box", box, list);
}
