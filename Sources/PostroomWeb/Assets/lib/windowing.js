// Which rows of a long list are on screen. Pure.

/** The rows to keep in the page: those in view and `overscan` more on both sides. `to` is exclusive. */
export function visibleRange({ scrollTop, height, rowHeight, total, overscan = 8 }) {
  if (total <= 0 || rowHeight <= 0) return { from: 0, to: 0 };
  const first = Math.floor(scrollTop / rowHeight);
  const last = Math.ceil((scrollTop + height) / rowHeight);
  return { from: Math.max(0, Math.min(first, total) - overscan), to: Math.min(total, Math.max(last, 0) + overscan) };
}

/** The pages of `size` that are not loaded yet and that a range touches. */
export function missingPages({ from, to, size, isLoaded }) {
  const pages = [];
  for (let page = Math.floor(from / size); page * size < to; page++) {
    if (!isLoaded(page)) pages.push(page);
  }
  return pages;
}

/** Where to scroll so that a row is seen; null when it is. */
export function scrollToShow({ index, scrollTop, height, rowHeight }) {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : null;
}
