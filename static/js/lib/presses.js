/**
 * A held Enter presses once. Browsers repeat it many times a second: on a button, in a field of a form, and on what takes
 * the button's place.
 */
export function pressOnce() {
  addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Enter' || !event.repeat) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
