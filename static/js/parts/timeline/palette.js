const NAMES = /** @type {const} */ ([
  'surface', 'plot', 'grid', 'now', 'ink', 'ink-soft', 'focus', 'thumb',
  'ok', 'ok-waiting', 'ok-saving', 'on-ok', 'not-found', 'not-found-waiting', 'not-found-saving',
  'error', 'error-waiting', 'error-saving', 'cancelled', 'running', 'on-running', 'held',
]);

/** @typedef {Record<typeof NAMES[number], string>} Palette */

/**
 * The colours as the theme of the moment has them. A custom property's own value isn't a colour yet
 * (it says light-dark(…)); the computed one of a property that uses it is.
 * @param {HTMLElement} element  Has the properties; its own `color` means nothing.
 */
export function readPalette(element) {
  const style = getComputedStyle(element);
  const colours = NAMES.map((name) => {
    element.style.color = `var(--${name})`;
    return [name, style.color];
  });
  return /** @type {Palette} */ (Object.fromEntries(colours));
}

/** Calls when the theme changes, by the switch of the page or in the system. @param {() => void} act */
export function onThemeChange(act) {
  new MutationObserver(act).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', act);
}
