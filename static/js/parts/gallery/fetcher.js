/** @import { Collection } from '../../model/collection.js' */
/** @import { Link } from '../../model/connection.js' */
/** @import { Job } from '../../model/types.js' */
/** @import { Feed } from './feed.js' */
import { announcer } from '../../lib/announcer.js';
import { postJob } from '../../lib/api.js';
import * as text from '../../text/gallery.js';
import { connectionTo } from '../../model/follow.js';
import { JobStore } from '../../model/store.js';

/** Fetches missing flags with a job that has the default settings, and shows its progress in the cards. */
export class Fetcher {
  #collection;
  #feed;

  /** @param {Collection} collection @param {Feed} feed */
  constructor(collection, feed) {
    this.#collection = collection;
    this.#feed = feed;
  }

  /** @param {string[]} wanted  Codes that are already being fetched are left out. */
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
    /** The codes without an outcome yet. Another job may already fetch the others again. */
    const awaited = new Set(job.spec.codes);
    const connection = connectionTo(store);
    connection.addEventListener('message', () => this.#show(store, awaited));
    connection.addEventListener('link', (event) => {
      const { phase } = /** @type {CustomEvent<Link>} */ (event).detail;
      if (phase === 'unknown') this.#collection.endFetching(awaited, text.FORGOTTEN);
    });
    connection.open();
  }

  /** @param {JobStore} store @param {Set<string>} awaited */
  async #show({ job, done, ended }, awaited) {
    const come = done.filter(({ cc }) => awaited.delete(cc));
    await this.#feed.refresh();
    for (const row of come) this.#collection.endFetching([row.cc], text.missed(row, job.spec.server));
    if (!ended) return;
    const { ok, not_found, error, cancelled } = job.counts;
    this.#collection.endFetching(awaited, text.CANCELLED);
    announcer.say(ok ? text.fetched(ok) : text.failed(not_found + error + cancelled));
  }
}
