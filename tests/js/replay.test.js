import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { Replay } from '../../static/js/model/replay.js';
import { JobStore } from '../../static/js/model/store.js';
import { often } from './jobs.js';

const STORIES = JSON.parse(readFileSync(new URL('../fixtures/events.json', import.meta.url), 'utf8'))
  .filter((/** @type {any} */ { events }) => events.at(-1)?.type === 'job_finished');

/** The job as it has ended. @param {any} story */
function ended({ job, events }) {
  const store = new JobStore(structuredClone(job));
  store.apply(structuredClone(events));
  return store.job;
}

/** @param {any} story */
const replayOf = (story) => new Replay([{ job: ended(story), events: story.events }]);

for (const story of STORIES) {
  test(`a replay ends as the job did: ${story.name}`, () => {
    const replay = replayOf(story);
    replay.seek(replay.duration);
    assert.deepEqual(replay.stores[0].job, { ...ended(story), report: replay.stores[0].job.report });
    assert.equal(replay.stores[0].job.id, story.job.id);
  });

  test(`any moment is the same, whatever was shown before: ${story.name}`, () => often(20, (random) => {
    const wandering = replayOf(story);
    for (let n = 0; n < 5; n += 1) wandering.seek(random() * wandering.duration);
    const moment = random() * wandering.duration;
    const direct = replayOf(story);
    for (const replay of [wandering, direct]) replay.seek(moment);
    assert.deepEqual(wandering.stores[0].job, direct.stores[0].job);
    assert.equal(wandering.stores[0].elapsed, direct.stores[0].elapsed);
  }));
}

test('the time goes on between two events, and stands still after the last', () => {
  const story = STORIES.find((/** @type {any} */ { events }) => events.at(-1).t > 0.1);
  const replay = replayOf(story);
  const [one, other] = [replay.duration * 0.5, replay.duration * 0.51];
  replay.seek(one);
  assert.ok(Math.abs(replay.stores[0].elapsed - one) < 1e-9);
  replay.seek(other);
  assert.ok(Math.abs(replay.stores[0].elapsed - other) < 1e-9);
  replay.seek(99);
  assert.equal(replay.now, replay.duration);
});

test('the gap that a killed process leaves is no end', () => {
  const [story] = STORIES;
  const [last] = story.events.slice(-1);
  const events = [...story.events.slice(0, -1), { ...last, seq: last.seq + 10_000 }];
  const replay = new Replay([{ job: ended(story), events }]);
  replay.seek(replay.duration);
  assert.ok(replay.stores[0].ended);
});

test('it takes about ten seconds', () => {
  const speeds = [0.05, 0.5, 2, 9, 60].map((elapsed) => {
    const [story] = STORIES;
    return new Replay([{ job: { ...ended(story), elapsed }, events: [] }]).pleasantSpeed;
  });
  assert.deepEqual(speeds, [1 / 200, 1 / 20, 1 / 5, 1 / 2, 1]);
});
