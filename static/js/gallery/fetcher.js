/** @import { Job } from '../lib/types.js' */
/** @import { Link } from '../job/connection.js' */
/** @import { Collection } from './collection.js' */
/** @import { Feed } from './feed.js' */
import { announcer } from '../lib/announcer.js';
import { postJob } from '../lib/api.js';
import { connectionTo } from '../job/follow.js';
import { JobStore } from '../job/store.js';
import * as text from './text.js';

/** Fetches missing flags by a job with the default settings, and shows at the cards how it goes. */
export class Fetcher {
  #collection;
  #feed;

  /**
   * @param {Collection} collection
   * @param {Feed} feed
   */
  constructor(collection, feed) {
    this.#collection = collection;
    this.#feed = feed;
  }

  /** @param {string[]} wanted  What is on its way already is left out. */
  async fetch(wanted) {
    const codes = wanted.filter((cc) => !this.#collection.get(cc)?.fetching);
    if (!codes.length) return;
    this.#collection.beginFetching(codes);
    try {
      this.#follow(await postJob({ codes }));
    } catch (problem) {
      this.#collection.endFetching(codes, /** @type {Error} */ (problem).message);
      announcer.say(text.failed(codes.length));
    }
  }

  /** @param {Job} job */
  #follow(job) {
    const store = new JobStore(job);
    const connection = connectionTo(store);
    connection.addEventListener('message', () => this.#show(store));
    connection.addEventListener('link', (event) => {
      const { phase } = /** @type {CustomEvent<Link>} */ (event).detail;
      if (phase === 'unknown') this.#collection.endFetching(job.spec.codes, text.FORGOTTEN);
    });
    connection.open();
  }

  /** @param {JobStore} store */
  async #show({ job, ended }) {
    for (const { cc, status, detail } of job.items) {
      if (status === 'not_found') this.#collection.endFetching([cc], text.notFound(job.spec.server));
      if (status === 'error') this.#collection.endFetching([cc], detail);
    }
    await this.#feed.refresh();
    if (!ended) return;
    const { ok, not_found, error, cancelled } = job.counts;
    this.#collection.endFetching(job.spec.codes, text.CANCELLED);
    announcer.say(ok ? text.fetched(ok) : text.failed(not_found + error + cancelled));
  }
}
