// The page's modules for tests in node: they are ES modules in a folder without a package.json, so node has to be told.

import { register } from "node:module";

register(`data:text/javascript,${encodeURIComponent(`
export async function load(url, context, next) {
  return next(url, url.includes("/PostroomWeb/Assets/") ? { ...context, format: "module" } : context);
}`)}`);

export const asset = (path) => import(new URL(`../../Sources/PostroomWeb/Assets/${path}`, import.meta.url).href);
