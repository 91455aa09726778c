// Who is signed in, and what the server says of itself.

import { rest, signedOut } from "../lib/api.js";
import { useLocale } from "../lib/i18n.js";
import { forgetSession } from "../lib/jmap.js";

/** Fires "change" when the user, his profile or the policy changed. */
class Session extends EventTarget {
  user = null;
  policy = { providersByAdministrators: false };
  setupRequired = false;
  version = "";

  constructor() {
    super();
    signedOut.addEventListener("signed-out", () => this.user && this.#become(null));
  }

  async load() {
    const answer = await rest.get("/session");
    this.setupRequired = answer.setupRequired;
    this.version = answer.version ?? "";
    this.policy = answer.policy ?? this.policy;
    await this.#become(answer.user);
  }

  async signIn(name, password) {
    await rest.post("/session", { name, password });
    await this.load();
  }

  async setUp(values) {
    await rest.post("/setup", values);
    await this.load();
  }

  async signOut() {
    await rest.delete("/session");
    await this.#become(null);
  }

  async saveProfile(changes) {
    await this.#become(await rest.patch("/profile", changes));
  }

  async savePolicy(changes) {
    this.policy = await rest.patch("/settings", changes);
    this.dispatchEvent(new Event("change"));
  }

  /** Whether this person may add a provider. */
  get mayAddProviders() {
    return Boolean(this.user?.isAdmin) || !this.policy.providersByAdministrators;
  }

  async #become(user) {
    if (user?.id !== this.user?.id) forgetSession();
    this.user = user;
    await useLocale(user);
    this.dispatchEvent(new Event("change"));
  }
}

export const session = new Session();
