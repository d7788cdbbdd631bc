/** @import { Bar, Lanes } from './lanes.js' */
import { nextIndex } from '../lib/roving.js';

/** Whether a key moves the cursor. @param {{key: string}} event */
export const isWalkKey = ({ key }) => key in ALONG || nextIndex({ key }, 0, 1) !== null;

/**
 * Moves from a download along its lane, or to the same time in another lane.
 * @param {Lanes} lanes
 * @param {Bar} from
 * @param {{key: string, ctrlKey: boolean}} event
 * @returns {Bar | null} null for another key
 */
export function walk(lanes, from, { key, ctrlKey }) {
  const used = usedLanes(lanes);
  const lane = used.findIndex(([bar]) => bar.lane === from.lane);
  const along = ALONG[key];
  if (along && ctrlKey) return (key === 'Home' ? used[0][0] : used[used.length - 1].at(-1)) ?? null;
  if (along) return step(used[lane], from, along);
  const to = nextIndex({ key }, lane, used.length);
  return to === null ? null : to === lane ? from : nearest(used[to], (from.start + from.end) / 2);
}

/** The first download of the first worker. @param {Lanes} lanes */
export const first = (lanes) => usedLanes(lanes)[0]?.[0] ?? null;

/** Maps the keys along a lane to the keys of a column, which nextIndex() knows. @type {Record<string, string>} */
const ALONG = { ArrowLeft: 'ArrowUp', ArrowRight: 'ArrowDown', Home: 'Home', End: 'End' };

/** @param {Bar[]} bars @param {Bar} from @param {string} key */
function step(bars, from, key) {
  const at = bars.findIndex(({ row }) => row === from.row);
  return bars[nextIndex({ key }, at, bars.length) ?? at];
}

/** @param {Bar[]} bars @param {number} time */
const nearest = (bars, time) =>
  bars.reduce((best, bar) => (distance(bar, time) < distance(best, time) ? bar : best));

/** @param {Bar} bar @param {number} time */
const distance = ({ start, end }, time) => Math.max(start - time, time - end, 0);

/** @param {Lanes} lanes */
const usedLanes = (lanes) => Array.from({ length: lanes.count }, (_, lane) => lanes.bars(lane)).filter((bars) => bars.length);
