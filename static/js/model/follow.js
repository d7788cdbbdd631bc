/** @import { Link } from './connection.js' */
/** @import { Message } from './types.js' */
/** @import { JobStore } from './store.js' */
import { watchUrl } from '../lib/api.js';
import { JobConnection } from './connection.js';

/**
 * A connection that keeps the store of a job up to date, until the job has ended. It is not open
 * yet, for whom its `link` concerns.
 * @param {JobStore} store
 */
export function connectionTo(store) {
  let needsSnapshot = false;
  const connection = new JobConnection(watchUrl(store.job.id), () => (needsSnapshot ? null : store.job.seq));
  connection.addEventListener('link', (event) => {
    const { phase } = /** @type {CustomEvent<Link>} */ (event).detail;
    if (phase !== 'connecting') store.stalled = phase !== 'live'; // trying again brings nothing new yet
  });
  connection.addEventListener('message', (event) => {
    const message = /** @type {CustomEvent<Message>} */ (event).detail;
    if (message.type === 'snapshot') store.replace(message.job);
    needsSnapshot = message.type === 'events' && !store.apply(message.events);
    if (needsSnapshot) connection.open();
    if (store.ended) connection.close();
  });
  return connection;
}
