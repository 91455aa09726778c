// The round mark of a person: initials on a hue of their own.

import { h } from "../lib/dom.js";
import { hue, initials } from "../lib/addresses.js";

export const avatar = (address, className = "") => h("span.avatar", { class: className, "aria-hidden": "true", style: { "--hue": hue(address) } }, initials(address));
