// From the New account window to a new provider: over the providers page where there is one, else straight to its window.

import { pending } from "../model/pending.js";
import { hasPages, navigate } from "../lib/router.js";
import { addService } from "./add-service.js";

/** The provider, where it was added right here; undefined where the providers page goes on with it. */
export async function addProviderFor(address, candidate) {
  if (!hasPages()) return addService({ address, candidate });
  Object.assign(pending, { address, candidate, from: location.pathname + location.hash });
  navigate("/#/providers");
  return undefined;
}
