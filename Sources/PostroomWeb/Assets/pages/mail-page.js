// The full-page mail view at /mail: the same component as in the panel, its place kept in the address.

import { Component, fill, h } from "../lib/dom.js";
import { mailAddress, navigate } from "../lib/router.js";
import "../messages/mail-view.js";

class MailPage extends Component {
  connected() {
    this.view = h("mail-view");
    fill(this, this.view);
    this.#open(this.params);
    this.listen(this.view, "place", (event) => {
      const href = mailAddress(event.detail);
      if (location.pathname + location.hash === href) return;
      // Opening a message is a step back can undo; going along the list is not.
      const isStep = Boolean(event.detail.email) !== Boolean(this.email) || event.detail.folder !== this.folder;
      Object.assign(this, { email: event.detail.email, folder: event.detail.folder });
      navigate(href, { replace: !isStep, isQuiet: true });
    });
  }

  /** The address changed: back, forward, or a link. */
  go(params) {
    this.#open(params);
  }

  #open({ account, folder, email }) {
    Object.assign(this, { email, folder });
    this.view.open({ account, folder, email, isQuiet: Boolean(account && folder) });
  }
}

customElements.define("mail-page", MailPage);
