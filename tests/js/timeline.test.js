/** @import { Bar } from '../../static/js/model/lanes.js' */
/** @import { Row } from '../../static/js/model/types.js' */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Lanes } from '../../static/js/model/lanes.js';
import { axisEnd, lanesShown, multiples, numberStep, tickStep } from '../../static/js/model/layout.js';
import { JobStore } from '../../static/js/model/store.js';
import { Viewport } from '../../static/js/model/viewport.js';
import { first, isWalkKey, walk } from '../../static/js/model/walk.js';
import { job, often, row, saved } from './jobs.js';

/** @param {Row[]} items @param {Parameters<typeof job>[1]} [known] */
const lanesOf = (items, known) => new Lanes(new JobStore(job(items, known), () => 0));

/** @param {number} width @param {number} span @param {number} lanes */
function viewOf(width, span, lanes) {
  const view = new Viewport();
  view.cover(span, lanes, lanes);
  view.resize(width);
  return view;
}

test('the geometry holds, however it is zoomed and moved', () => often(500, (random) => {
  const between = (/** @type {number} */ least, /** @type {number} */ most) => least + random() * (most - least);
  const [width, span, lanes] = [between(50, 2500), 0.01 * 10 ** between(0, 5.5), Math.ceil(between(0, 1000))];
  const view = viewOf(width, span, lanes);
  for (let moves = random() * 8; moves > 0; moves -= 1) {
    const move = random();
    if (move < 0.5) view.zoom(2 ** between(-3, 3), between(0, width), between(0, view.height));
    else if (move < 0.8) view.pan(between(-300, 300), between(-150, 150));
    else view.fit();
  }
  const near = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ by) =>
    assert.ok(Math.abs(a - b) <= 1e-6 * Math.max(1, by), `${a} is ${b}`);
  const [x, y] = [between(0, width), between(0, view.height)];
  near(view.x(view.time(x)), x, width);
  near(view.y(view.lane(y)), y, view.height * lanes);
  const end = view.left + view.visible;
  assert.ok(view.left >= 0 && end <= span * (1 + 1e-9), 'what is in sight is part of the job');
  assert.ok(view.height <= 300 * (1 + 1e-9) && view.lane(view.height) <= lanes * (1 + 1e-9), 'so are the lanes');
  const step = tickStep(view.pixelsPerSecond);
  const ticks = multiples(view.left, end, step);
  assert.ok(Math.min(...ticks) > view.left - step / 2 && Math.max(...ticks) < end + step / 2);
  assert.ok(ticks.length <= width / 72 + 1, 'labels have room');
  assert.ok(numberStep(view.laneHeight) * view.laneHeight >= 14 - 1e-9, 'so have the numbers of the lanes');
  assert.ok(!view.fitted || view.visible === span);
}));

test('what is under the pointer stays there while zooming', () => often(100, (random) => {
  const view = viewOf(1000, 10, 3);
  const [x, y] = [300 + 400 * random(), view.height / 2];
  const time = view.time(x);
  for (const factor of [1.5, 3, 0.9]) {
    view.zoom(factor, x, y);
    assert.ok(Math.abs(view.time(x) - time) < 1e-9);
  }
}));

test('the shortest job can be zoomed until a microsecond is a pixel wide', () => {
  const view = viewOf(900, 0.01, 1);
  view.zoom(1.6, 0, 0);
  assert.ok(!view.fitted);
  view.zoom(1000, 0, 0);
  assert.ok(Math.abs(view.pixelsPerSecond - 1e6) < 1);
});

test('a bar that is out of sight is brought into sight', () => often(100, (random) => {
  const rows = Array.from({ length: 40 }, (_, at) => saved(String(at), at, at + random(), { worker: at % 20 }));
  const lanes = lanesOf(rows, { elapsed: 41 });
  const view = viewOf(800, 41, lanes.count);
  view.zoom(2 + 20 * random(), 400, 50);
  const bar = /** @type {Bar} */ (lanes.bar(rows[Math.floor(random() * rows.length)]));
  view.reveal(bar);
  assert.ok(view.x(bar.start) >= 0 && view.x(bar.end) <= view.width);
  assert.ok(view.y(bar.lane) >= -1e-9 && view.y(bar.lane + 1) <= view.height + 1e-9);
}));

test('the axis grows in steps while the job runs', () => {
  const ends = new Set();
  for (let time = 0; time < 20; time += 0.01) ends.add(axisEnd(time, false));
  assert.ok(ends.size < 15);
  assert.deepEqual([...ends], [...ends].sort((a, b) => a - b));
  assert.ok(Math.abs(axisEnd(10, true) - 10.2) < 1e-9);
});

test('each lane has its place from the beginning, unless they would be too thin', () => {
  const shown = [[5, 20, false], [5, 676, false], [120, 676, false], [148, 676, true], [700, 676, false]];
  assert.deepEqual(shown.map(([used, reserved, ended]) => lanesShown(Number(used), Number(reserved), Boolean(ended))), [20, 100, 150, 148, 700]);
});

test('a pointer finds the bar that is drawn there', () => often(40, (random) => {
  const workers = 1 + Math.floor(random() * 9);
  const times = 1 + Math.floor(random() * 40); // until lanes are thinner than a pixel
  const rows = Array.from({ length: workers * times }, (_, worker) => {
    let end = 0;
    return Array.from({ length: Math.floor(random() * 6) }, () => {
      const started = end + random() / 2;
      end = started + 0.001 + 2 * random();
      return saved('', started, end, { worker, first_byte: started + (end - started) * random(), returned: end + 1 });
    });
  }).flat().reverse();
  const lanes = lanesOf(rows);
  const view = viewOf(100 + 1900 * random(), Math.max(1, ...rows.map(({ finished }) => finished ?? 0)), Math.max(1, lanes.count));
  const seen = new Set();
  for (const { row } of lanes.inSight(view)) seen.add(row);
  assert.equal(seen.size, rows.length);
  for (const row of rows) {
    const bar = /** @type {Bar} */ (lanes.bar(row));
    const [x, right] = view.extent(bar);
    assert.ok(right - x >= 2 - 1e-9, 'it can be seen');
    const at = (x + right) / 2;
    const found = /** @type {Bar} */ (lanes.at(view, at, view.y(bar.lane + 0.5)));
    // It may be another bar only where both are drawn: no bar is narrower than two pixels.
    const [from, to] = view.extent(found);
    assert.ok(found.lane === bar.lane && from <= at && at <= to);
  }
  assert.equal(lanes.at(view, view.width / 2, -50), null);
}));

/** Its look, lane, start, sent, answer, received, end and back. @param {Bar | null} bar */
const numbers = (bar) => bar && Object.values(bar).slice(1);

test('bars have the times of their rows', () => {
  const rows = [
    saved('BR', 0, 2, { sent: 0.1, first_byte: 1, received: 1.5, returned: 3.5 }),
    saved('FR', 2.2, 3.2, { sent: 2.5, first_byte: 3, received: 3.1, returned: 3.5 }),
    saved('JP', 2, 3, { status: 'error', sent: 2.1, first_byte: 2.5, worker: 1 }),
    saved('IN', 0, 2, { sent: 0.5, first_byte: 1, received: 1.5, returned: null, worker: 2 }),
  ];
  const lanes = lanesOf(rows, { elapsed: 4 });
  assert.deepEqual(rows.map((row) => numbers(lanes.bar(row))), [
    ['ok', 0, 0, 0.1, 1, 1.5, 2, 3.5],
    ['ok', 0, 2.2, 2.5, 3, 3.1, 3.2, 3.5],
    ['error', 1, 2, 2.1, 2.5, 3, 3, 3], // it broke off: up to its end it was receiving
    ['ok', 2, 0, 0.5, 1, 1.5, 2, 2], // nothing is held back once the job has ended
  ]);
});

test('bars of a running job grow, and a tail means its bar', () => {
  const rows = [
    saved('BR', 0, 2, { first_byte: 1, received: 1.5, returned: null }),
    row('FR', { status: 'running', worker: 0, started: 2.2 }),
    row('CN'),
    row('XX', { status: 'cancelled' }), // its process died, so its times are lost
  ];
  const store = new JobStore(job(rows, { state: 'running', ended: false, elapsed: 4 }), () => 0);
  const bars = () => store.job.items.map((row) => numbers(new Lanes(store).bar(row)));
  assert.deepEqual(bars(), [['held', 0, 0, 0, 1, 1.5, 2, 4], ['running', 0, 2.2, 2.2, 4, 4, 4, 4], null, null]);
  store.apply([{ type: 'flag_returned', seq: 2, t: 5, cc: 'BR' }]);
  assert.deepEqual(bars()[0], ['ok', 0, 0, 0, 1, 1.5, 2, 5]);
  const lanes = new Lanes(store);
  assert.deepEqual([lanes.count, lanes.size, lanes.position(rows[1])], [1, 2, 2]);
  const view = viewOf(1000, 10, 3);
  const pointed = [1, 2.1, 2.3, 4, 6].map((time) => lanes.at(view, view.x(time), view.y(0.5))?.row.cc);
  assert.deepEqual(pointed, ['BR', 'BR', 'FR', 'FR', undefined]);
  view.zoom(20, 0, 0);
  view.pan(-view.x(3), 0); // BR is out of sight, and its tail is not
  /** @type {string[]} */
  const seen = [];
  for (const { row } of lanes.inSight(view)) seen.push(row.cc);
  assert.deepEqual(seen, ['BR', 'FR']);
});

test('the main thread has a tick for each result that it got', () => {
  const rows = [saved('BR', 0, 2, { returned: 5 }), saved('FR', 0, 2, { returned: null }), row('CN', { status: 'cancelled', returned: 7 })];
  const lanes = lanesOf(rows, { elapsed: 8 });
  assert.deepEqual(lanes.returned.map(({ cc }) => cc), ['BR', 'CN']);
  const view = viewOf(800, 8, 1);
  const pointed = [499, 503, 504, 600, 698].map((x) => lanes.returnedAt(view, x)?.cc);
  assert.deepEqual(pointed, ['BR', 'BR', undefined, undefined, 'CN']);
});

test('a worker is busy while it downloads', () => {
  const rows = [saved('BR', 0, 1), saved('FR', 1, 3), saved('CN', 0, 1, { worker: 1 })];
  const lanes = lanesOf(rows, { elapsed: 4 });
  assert.deepEqual([0, 1, 2, null].map((lane) => lanes.load(lane)), [{ downloads: 2, busy: 0.75 }, { downloads: 1, busy: 0.25 }, null, null]);
});

test('keys walk along a lane, and to the same time in another', () => {
  const rows = [
    saved('A0', 0, 1), saved('A1', 1, 2), saved('A2', 2, 3),
    saved('C0', 0, 1.2, { worker: 2 }), saved('C1', 2, 3, { worker: 2 }), // worker 1 has none
  ];
  const lanes = lanesOf(rows, { elapsed: 3 });
  let bar = /** @type {Bar} */ (first(lanes));
  /** @type {[string, boolean, string][]} */
  const steps = [
    ['ArrowRight', false, 'A1'], ['ArrowDown', false, 'C0'], ['ArrowDown', false, 'C0'], ['End', false, 'C1'],
    ['ArrowRight', false, 'C1'], ['ArrowUp', false, 'A2'], ['Home', false, 'A0'], ['End', true, 'C1'],
    ['Home', true, 'A0'], ['PageDown', false, 'C0'],
  ];
  assert.equal(bar.row.cc, 'A0');
  for (const [key, ctrlKey, cc] of steps) {
    assert.ok(isWalkKey({ key }));
    bar = /** @type {Bar} */ (walk(lanes, bar, { key, ctrlKey }));
    assert.equal(bar.row.cc, cc, key);
  }
  assert.equal(walk(lanes, bar, { key: 'x', ctrlKey: false }), null);
  assert.ok(!isWalkKey({ key: 'x' }));
  assert.equal(first(lanesOf([row('BR')])), null);
});

test('a pointer below a bar finds whose result is held back there, not the bar above', () => {
  const lanes = lanesOf([saved('AA', 0, 1, { returned: 3 }), saved('BB', 1, 2)], { elapsed: 3, concurrency: 1 });
  const view = viewOf(300, 3, 1);
  const below = view.y(1) - 1;
  assert.equal(lanes.at(view, view.x(1.5), below)?.row.cc, 'AA');
  assert.equal(lanes.at(view, view.x(1.5), view.y(0.4))?.row.cc, 'BB');
  assert.equal(lanes.at(view, view.x(0.5), below)?.row.cc, 'AA');
});

test('a window that follows another shows the same seconds, whatever its lanes', () => often(100, (random) => {
  const [leader, follower] = [viewOf(900, 10, 3), viewOf(900, 10, 40)];
  for (let moves = 0; moves < 4; moves += 1) {
    leader.zoom(1 + 3 * random(), 900 * random(), 0);
    leader.pan(400 * (random() - 0.5), 0);
    follower.follow(leader);
    assert.ok(Math.abs(follower.left - leader.left) < 1e-9 && follower.visible === leader.visible);
  }
  leader.fit();
  follower.follow(leader);
  assert.ok(follower.fitted && follower.left === 0);
}));
