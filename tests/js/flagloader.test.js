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

/** A loader, and how many flags it asks for. @param {(times: number) => number} status  Of each answer. */
function loading(status) {
  /** @type {number[]} */
  const asked = [];
  const loader = new FlagLoader(async (codes) => {
    asked.push([...codes].length);
    const answer = status(asked.length);
    if (answer !== 200) throw new Problem('', answer);
    return new Map([...codes].filter((cc) => cc !== 'C0').map((cc) => [cc, 'data:,']));
  });
  /** Has flags loaded into squares of their own. @param {string[]} codes */
  const load = (codes) => codes.map((cc) => {
    const square = new Part({ status: 'ok' });
    loader.load(square.element, cc);
    return square;
  });
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
  const { asked, load } = loading((times) => (times === 2 ? 503 : 200));
  const squares = load(MANY);
  await until(() => asked.length === 2);
  for (let frame = 0; frame < 3; frame += 1) await settled();
  assert.equal(asked.length, 2); // it waits before it asks again
  await clock.run(RETRY_AFTER);
  await until(() => without(squares).length <= 1);
  assert.deepEqual(asked, [50, 50, 50, 20]);
  assert.deepEqual(without(squares), [squares[0]]); // what isn't saved stays as it is
});

test('what is refused for good is not asked for again', async () => {
  const { asked, load } = loading((times) => (times === 1 ? 404 : 200));
  load(['E0']);
  await until(() => asked.length === 1);
  await settled();
  await clock.run(3 * RETRY_AFTER);
  const [square] = load(['F0']);
  await until(() => square.children.length > 0);
  assert.deepEqual(asked, [1, 1]);
});
