/** @import { Clock } from './channels.js' */
/** @import { Link } from './connection.js' */
/** @import { JobStore } from './store.js' */
/** @import { JobEvent, Message } from './types.js' */
import { Problem, fetchEvents, fetchJob, watchUrl } from '../lib/api.js';
import { onWake } from '../lib/wake.js';
import { JobConnection } from './connection.js';

/** @type {Clock} */
const CLOCK = {
  now: Date.now,
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  onWake,
};

/**
 * Makes a connection that updates the store of a job until the job has ended. The caller opens it.
 * @param {JobStore} store
 */
export function connectionTo(store, clock = CLOCK) {
  const { id } = store.job;
  let complete = true;
  /** The last event seen; null asks for a snapshot. */
  const lastSeq = () => (complete ? store.job.seq : null);
  const connection = new JobConnection(
    { connect: () => new WebSocket(watchUrl(id, lastSeq())), ask: (signal) => ask(id, lastSeq(), signal) },
    clock,
  );
  connection.addEventListener('link', (event) => {
    const { phase } = /** @type {CustomEvent<Link>} */ (event).detail;
    if (phase !== 'connecting') store.stalled = phase === 'waiting' || phase === 'unknown'; // an attempt changes nothing yet
  });
  connection.addEventListener('message', (event) => {
    const message = /** @type {CustomEvent<Message>} */ (event).detail;
    if (message.type === 'snapshot') store.replace(message.job);
    complete = message.type === 'snapshot' || store.apply(message.events);
    if (!complete) connection.open();
    if (store.ended) connection.close();
  });
  return connection;
}

/**
 * Asks for what the websocket would send first.
 * @param {string} id
 * @param {number | null} seq
 * @param {AbortSignal} signal
 * @returns {Promise<Message | null>} null: there is no such job
 */
async function ask(id, seq, signal) {
  try {
    // Asks for the last known event again: if the answer lacks it, the log is from another history file.
    const events = seq === null ? [] : await fetchEvents(id, Math.max(seq - 1, 0), signal);
    if (seq !== null && continues(events, seq)) return { type: 'events', events };
    return { type: 'snapshot', job: await fetchJob(id, signal) };
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 404) return null;
    throw problem;
  }
}

/** Whether events begin with `seq`, the last known, and no number is missing. @param {JobEvent[]} events @param {number} seq */
function continues(events, seq) {
  const first = Math.max(seq, 1);
  return (seq === 0 || events.length > 0) && events.every((event, at) => event.seq === first + at);
}
