/** @import { Link } from './connection.js' */
/** @import { JobStore } from './store.js' */
/** @import { Message } from './types.js' */
import { watchUrl } from '../lib/api.js';
import { JobConnection } from './connection.js';

/**
 * Makes a connection that updates the store of a job until the job has ended. The caller opens it.
 * @param {JobStore} store
 */
export function connectionTo(store) {
  let needsSnapshot = false;
  const connection = new JobConnection(watchUrl(store.job.id), () => (needsSnapshot ? null : store.job.seq));
  connection.addEventListener('link', (event) => {
    const { phase } = /** @type {CustomEvent<Link>} */ (event).detail;
    if (phase !== 'connecting') store.stalled = phase !== 'live'; // an attempt changes nothing yet
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
