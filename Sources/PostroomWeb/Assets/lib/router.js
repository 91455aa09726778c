// Where we are in the page: /mail#/account/folder/email is the mail view, /#/name/id a page. Links work as links do.

let isInstalled = false;
let onChange = () => {};

/** {page, params, query} of a location. Pure. */
export function parseRoute({ pathname, hash }) {
  const [route, search = ""] = hash.replace(/^#\/?/, "").split("?");
  const parts = route.split("/").filter(Boolean).map(decodeURIComponent);
  const query = Object.fromEntries(new URLSearchParams(search));
  if (pathname === "/mail") {
    const [account = null, folder = null, email = null] = parts;
    return { page: "mail", params: { account, folder, email }, query };
  }
  const [page = "home", id = null] = parts;
  return { page, params: { id }, query };
}

/** The address of a place in the mail view. Pure. */
export function mailAddress({ account, folder, email }) {
  const parts = [account, folder, email];
  while (parts.length && !parts.at(-1)) parts.pop();
  return `/mail#/${parts.map((part) => encodeURIComponent(part ?? "")).join("/")}`;
}

/** Whether there are pages to go to: not inside another application. */
export const hasPages = () => isInstalled;

/** Goes to an address of this page; `replace` leaves no way back. */
export function navigate(href, { replace = false, isQuiet = false } = {}) {
  if (!isInstalled) return void window.open(href, "_blank", "noopener");
  history[replace ? "replaceState" : "pushState"](null, "", href);
  if (!isQuiet) onChange(parseRoute(location));
}

/** Calls `change` with the route now and whenever it changes, and takes over links to this page. */
export function installRouter(change) {
  isInstalled = true;
  onChange = change;
  for (const type of ["popstate", "hashchange"]) addEventListener(type, () => onChange(parseRoute(location)));
  addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.composedPath().find((element) => element instanceof HTMLAnchorElement);
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin || !["/", "/mail"].includes(link.pathname)) return;
    event.preventDefault();
    navigate(link.pathname + link.search + link.hash);
  });
}
