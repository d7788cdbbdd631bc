/**
 * Calls back when the page may have missed something: it is shown again, was frozen or asleep, or the network is back.
 * Timers may come late then.
 * @param {() => void} action
 * @returns {() => void} stops it
 */
export function onWake(action) {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  addEventListener('online', action, options);
  addEventListener('pageshow', ({ persisted }) => persisted && action(), options);
  document.addEventListener('resume', action, options);
  document.addEventListener('visibilitychange', () => document.hidden || action(), options);
  return () => stop.abort();
}
