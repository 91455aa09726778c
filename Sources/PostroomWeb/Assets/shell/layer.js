// Where windows, menus and notes are put: the page's body, or the shadow tree of an embedded panel.

let root = null;

export const setLayer = (element) => (root = element);
export const layer = () => root ?? document.body;

/** The focused element, also inside a shadow tree. */
export function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}
