// The mark of Postroom: a pigeonhole with a letter in it.

import { h } from "../lib/dom.js";
import { asset } from "../lib/asset.js";

export const logo = () => h("img.logo", { src: asset("favicon.svg"), alt: "", width: 32, height: 32 });
