// The address whose account waits for its provider while the person is on the providers page (way 1 of the product's design).

export const pending = { address: null, candidate: null };
