// The address whose account waits for its provider while the person is on the providers page (way 1 of the product's design), and
// the page to come back to afterwards.

export const pending = { address: null, candidate: null, from: null };
