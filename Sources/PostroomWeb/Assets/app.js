// Postroom's page: who is it, which page, and what if nobody is signed in.

import { fill, h } from "./lib/dom.js";
import { language, t, useLocale } from "./lib/i18n.js";
import { installRouter, navigate, parseRoute } from "./lib/router.js";
import { session } from "./model/session.js";
import { layer } from "./shell/layer.js";
import { problemNote } from "./shell/problem-note.js";
import "./shell/app-shell.js";
import "./pages/sign-in-page.js";
import "./pages/setup-page.js";

const root = document.getElementById("app");
let shown = null;
let page = null;

/** A window belongs to the page it was opened on. */
const closeWindows = () => layer().querySelectorAll(":scope > dialog").forEach((open) => open.close());

/** Draws what fits the session and the address; a new language or another user draws everything anew. */
function show(route = parseRoute(location)) {
  const { user } = session;
  const isSetup = route.page === "setup" && !user;
  const wanted = isSetup ? `setup ${route.params.id}` : user ? `app ${user.id} ${language} ${user.dateFormat} ${user.timeFormat} ${user.timeZone} ${user.displayName}` : `sign-in ${language}`;
  if (wanted !== shown) {
    shown = wanted;
    closeWindows();
    const element = h(isSetup ? "setup-page" : user ? "app-shell" : "sign-in-page");
    element.params = route.params;
    fill(root, element);
  }
  if (route.page !== page) closeWindows();
  page = route.page;
  if (user && route.page === "setup") return navigate("/#/", { replace: true });
  return user && root.firstElementChild.go(route);
}

async function start() {
  installRouter(show);
  session.addEventListener("change", () => show());
  try {
    await session.load();
  } catch (error) {
    await useLocale(null);
    fill(root, h("main.door", problemNote(error), h("button.button", { type: "button", onclick: () => location.reload() }, t("retry"))));
  }
}

start();
