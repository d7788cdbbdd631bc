const NAMES = /** @type {const} */ ([
  'surface', 'plot', 'grid', 'line-firm', 'now', 'connecting', 'ink', 'ink-soft', 'focus', 'thumb',
  'ok', 'ok-waiting', 'ok-saving', 'on-ok', 'not-found', 'not-found-waiting', 'not-found-saving',
  'error', 'error-waiting', 'error-saving', 'cancelled', 'running', 'on-running', 'held',
]);

/** @typedef {Record<typeof NAMES[number], string>} Palette */

/**
 * Reads the colours of the current theme. A custom property's value may be light-dark(…), but the computed `color`
 * that uses the property is always one colour.
 * @param {HTMLElement} element  Has the properties; its own `color` is not used.
 */
export function readPalette(element) {
  const style = getComputedStyle(element);
  const colours = NAMES.map((name) => {
    element.style.color = `var(--${name})`;
    return [name, style.color];
  });
  return /** @type {Palette} */ (Object.fromEntries(colours));
}

/** Calls `act` when the theme changes, on the page or in the system. @param {() => void} act */
export function onThemeChange(act) {
  new MutationObserver(act).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', act);
}
