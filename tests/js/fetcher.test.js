/** What the cards say of the flags that are fetched. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { live } from './elements.js';
import { announcer } from '../../static/js/lib/announcer.js';
import { Collection } from '../../static/js/model/collection.js';
import { Fetcher } from '../../static/js/parts/gallery/fetcher.js';
import { job, row } from './jobs.js';
import { Socket, TestClock, setTimers, settled } from './network.js';

setTimers(new TestClock());
/** What was posted. @type {string[][]} */
let posted = [];
let refused = '';
Object.assign(globalThis, {
  WebSocket: Socket,
  setInterval() {},
  clearInterval() {},
  async fetch(/** @type {string} */ _path, /** @type {{body: string}} */ { body }) {
    const { codes } = JSON.parse(body);
    posted.push(codes);
    if (refused) return new Response(JSON.stringify({ detail: refused }), { status: 503 });
    return new Response(JSON.stringify(begun(codes)), { status: 201 });
  },
});

/** @param {string[]} codes @param {Parameters<typeof job>[1]} [known] */
const begun = (codes, known) =>
  job(codes.map((cc) => row(cc)), { state: 'running', ended: false, spec: { codes }, ...known });

/** A gallery without flags, in which some are asked for. */
async function fetching(/** @type {string[]} */ ...codes) {
  Socket.all = [];
  posted = [];
  const cards = ['AA', 'BB', 'CC'].map((cc) => ({ cc, name: cc, capital: '', continent: '', flag: null }));
  const collection = new Collection(cards, { q: '', continent: '', sort: 'name', show: 'all' });
  const feed = /** @type {any} */ ({ refresh: async () => {} });
  const fetcher = new Fetcher(collection, feed);
  await fetcher.fetch(codes);
  const said = () => collection.order.map(({ fetching, problem }) => (fetching ? 'fetching' : problem ?? ''));
  return { fetcher, said };
}

test('a job says of each card only once what became of it', async () => {
  const { fetcher, said } = await fetching('AA', 'BB', 'CC');
  const first = begun(['AA', 'BB', 'CC']);
  const fail = (/** @type {number} */ at, /** @type {'error' | 'cancelled'} */ status = 'error') => {
    Object.assign(first.items[at], { status, detail: 'refused' });
    Socket.all[0].hear({ type: 'snapshot', job: first });
    return settled();
  };
  await fail(0);
  assert.deepEqual(said(), ['refused', 'fetching', 'fetching']);
  await fetcher.fetch(['AA', 'BB']); // AA gets a job of its own; BB is on its way
  assert.deepEqual(posted, [['AA', 'BB', 'CC'], ['AA']]);
  await fail(1);
  assert.deepEqual(said(), ['fetching', 'refused', 'fetching']);
  Object.assign(first, { state: 'cancelled', ended: true });
  await fail(2, 'cancelled');
  assert.deepEqual(said(), ['fetching', 'refused', 'cancelled']);
});

test('what is refused is said at the cards, and can be asked for again', async () => {
  refused = 'Too many.';
  const { fetcher, said } = await fetching('AA', 'BB');
  assert.deepEqual(said(), ['Too many.', 'Too many.', '']);
  announcer.say('', true);
  refused = '';
  await fetcher.fetch(['AA']);
  assert.deepEqual(said(), ['fetching', 'Too many.', '']);
  Socket.last.lose(4404); // the server was started again, without its history
  await settled();
  assert.deepEqual(said(), ['The job is no longer known.', 'Too many.', '']);
});

test('the end is announced', async () => {
  for (const [ok, said] of /** @type {const} */ ([[1, '1 flag fetched.'], [0, '2 flags could not be fetched.']])) {
    await fetching('AA', 'BB');
    announcer.say('', true);
    const counts = { ok, not_found: 1 - ok, error: 1, cancelled: 0 };
    Socket.last.hear({ type: 'snapshot', job: begun(['AA', 'BB'], { state: 'finished', ended: true, counts }) });
    await settled();
    assert.equal(live.textContent, said);
  }
});
