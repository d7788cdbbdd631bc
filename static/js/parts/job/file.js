/** @import { Recording } from '../../model/replay.js' */
import { find } from '../../lib/dom.js';
import { language } from '../../lib/gettext.js';
import { localizeTimes } from '../../lib/localtime.js';
import { closeWhenLeft } from '../../lib/menu.js';
import { offerPreferences } from '../../lib/preferences.js';
import { JobStore } from '../../model/store.js';

/**
 * @typedef {object} Shared  What the file contains.
 * @property {Recording[]} recordings  The jobs as they were before their first events.
 * @property {Record<string, Record<string, string>>} names  The names of the codes, by language.
 * @property {Record<string, string>} images  The saved flags as data: addresses, by code; empty if they are too large.
 */

/** Reads what the file contains, and starts the parts that all files have. Returns the jobs as they ended. */
export async function openFile() {
  /** @type {Shared} */
  const { recordings, names, images } = await unpack(find(document, '#shared', HTMLElement).textContent ?? '');
  localizeTimes();
  const menu = find(document, '[data-preferences]', HTMLDetailsElement);
  closeWhenLeft(menu);
  offerPreferences(menu, { theme() {}, language: reloadIn });
  return {
    recordings: recordings.map(played),
    names: new Map(Object.entries(names[language])),
    images: new Map(Object.entries(images)),
  };
}

/** @param {Recording} recording @returns {Recording} */
function played({ job, events }) {
  const store = new JobStore(job);
  store.apply(events);
  return { job: store.job, events };
}

/** Reloads the page, because it reads its language only at the start. @param {string} tag */
function reloadIn(tag) {
  location.hash = tag;
  location.reload();
}

/** @param {string} text  JSON, compressed, as base64. */
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
}
