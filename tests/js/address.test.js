import assert from 'node:assert/strict';
import test from 'node:test';
import { address, formPage, jobPage } from '../../static/js/lib/address.js';
import { deleteJob, watchUrl, zipUrl } from '../../static/js/lib/api.js';
import { recall, remember } from '../../static/js/lib/memory.js';

/** @type {Map<string, string>} */
const stored = new Map();
/** @type {string[]} */
const asked = [];
Object.assign(globalThis, {
  localStorage: {
    getItem: (/** @type {string} */ key) => stored.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => stored.set(key, value),
  },
  fetch: async (/** @type {string} */ path) => asked.push(path) && { ok: true, status: 204 },
});

/** @param {string} base  As the page says it. @param {string} page */
function open(base, page) {
  Object.assign(globalThis, { document: { documentElement: { dataset: { base } } }, location: { href: page } });
}

for (const base of ['', '/flagdl', '/a/b']) {
  test(`addresses below ${base || 'nothing'}`, async () => {
    open(base, `https://flags.example:8443${base}/gallery?q=a#BR`);
    assert.equal(address('/'), `${base}/`);
    assert.equal(jobPage('7'), `${base}/jobs/7`);
    assert.equal(formPage('limit=5'), `${base}/?limit=5`);
    assert.equal(zipUrl(), `${base}/api/flags.zip`);
    assert.equal(zipUrl(['BR', 'CN']), `${base}/api/flags.zip?cc=BR&cc=CN`);
    assert.equal(watchUrl('7', null), `wss://flags.example:8443${base}/ws/jobs/7`);
    await deleteJob('7');
    assert.equal(asked.pop(), `${base}/api/jobs/7`);
  });
}

test('a page without TLS opens a socket without TLS', () => {
  open('/flagdl', 'http://127.0.0.1:8000/flagdl/');
  assert.equal(watchUrl('7', null), 'ws://127.0.0.1:8000/flagdl/ws/jobs/7');
});

test('two dashboards on one host remember things of their own', () => {
  open('/one', 'http://localhost/one/');
  remember('recent', 'BR');
  open('/two', 'http://localhost/two/');
  assert.equal(recall('recent'), null);
  open('/one', 'http://localhost/one/jobs');
  assert.equal(recall('recent'), 'BR');
});
