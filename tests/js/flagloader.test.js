import assert from 'node:assert/strict';
import test from 'node:test';
import { Part } from './elements.js';
import { Problem } from '../../static/js/lib/api.js';
import { FlagLoader } from '../../static/js/parts/job/flagloader.js';
import { TestClock, setTimers, settled } from './network.js';

const clock = new TestClock();
setTimers(clock);
const RETRY_AFTER = 4; // seconds

/** An image that has loaded as soon as it has an address. */
class Picture extends EventTarget {
  /** @param {string} _url */
  set src(_url) {
    this.dispatchEvent(new Event('load'));
  }
}
const requestAnimationFrame = (/** @type {() => void} */ draw) => void settled().then(draw);
Object.assign(globalThis, { Image: Picture, requestAnimationFrame });

/** A loader, and what it asks for. @param {(version: string, times: number) => number} status  Of each answer. */
function loading(status) {
  /** @type {[version: string, codes: number][]} */
  const asked = [];
  const loader = new FlagLoader(async (codes, version) => {
    asked.push([version, [...codes].length]);
    const answer = status(version, asked.length);
    if (answer !== 200) throw new Problem('', answer);
    return new Map([...codes].filter((cc) => cc !== 'C0').map((cc) => [cc, 'data:,']));
  });
  /** Has a job's flags loaded into squares of their own. @param {string} version @param {string[]} codes */
  const load = (version, codes) => {
    loader.reset(version);
    return codes.map((cc) => {
      const square = new Part({ status: 'ok' });
      loader.load(square.element, cc);
      return square;
    });
  };
  return { asked, load };
}

const MANY = Array.from({ length: 120 }, (_, number) => `C${number}`);
const without = (/** @type {Part[]} */ squares) => squares.filter(({ children }) => !children.length);

/** @param {() => boolean} condition */
async function until(condition) {
  for (let times = 0; !condition(); times += 1) {
    assert.ok(times < 1000, `still not: ${condition}`);
    await settled();
  }
}

test('flags come fifty at once, and none is forgotten', async () => {
  const { asked, load } = loading((_version, times) => (times === 2 ? 503 : 200));
  const squares = load('one', MANY);
  await until(() => asked.length === 2);
  for (let frame = 0; frame < 3; frame += 1) await settled();
  assert.equal(asked.length, 2); // it waits before it asks again
  await clock.run(RETRY_AFTER);
  await until(() => without(squares).length <= 1);
  assert.deepEqual(asked, [['one', 50], ['one', 50], ['one', 50], ['one', 20]]);
  assert.deepEqual(without(squares), [squares[0]]); // what isn't saved stays as it is
});

test('flags of an earlier job that were not asked for yet are not wanted any more', async () => {
  const { asked, load } = loading(() => 200);
  load('one', MANY);
  const [square] = load('two', ['D0']);
  await until(() => square.children.length > 0);
  load('three', MANY);
  load('four', []); // a job without flags also drops the waiting flags of the last job
  for (let frame = 0; frame < 3; frame += 1) await settled();
  assert.deepEqual(asked, [['two', 1]]);
});

test('what is refused for good is not asked for again', async () => {
  const { asked, load } = loading((version) => (version === 'refused' ? 404 : 200));
  load('refused', ['E0']);
  await until(() => asked.length === 1);
  await settled();
  await clock.run(3 * RETRY_AFTER);
  const [square] = load('other', ['F0']);
  await until(() => square.children.length > 0);
  assert.deepEqual(asked, [['refused', 1], ['other', 1]]);
});
