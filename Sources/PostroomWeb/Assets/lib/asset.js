/** The address of a file beside these modules, wherever they were loaded from. */
export const asset = (name) => new URL(`../${name}`, import.meta.url).href;
