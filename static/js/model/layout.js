/** The geometry of the timeline, in CSS pixels. */

/** Above the lanes: room for the times, and for the main thread. */
export const AXIS_HEIGHT = 24;
export const MAIN_HEIGHT = 18;
export const HEAD_HEIGHT = AXIS_HEIGHT + MAIN_HEIGHT;
/** Left of the lanes: room for the numbers of the workers. */
export const GUTTER = 38;

/** The maximum of all lanes together. */
export const MOST_HEIGHT = 300;
export const TALLEST_LANE = 24;
/** Room for a bar and a gap. */
const THINNEST_LANE = 3;
const TICK_DISTANCE = 72;
const LANE_NUMBER_DISTANCE = 14;
const SHORTEST_SPAN = 0.01;

/** How tall a lane is when all lanes are shown. @param {number} lanes @param {number} height @param {number} tallest */
export function fittingLane(lanes, height, tallest) {
  const lane = height / lanes;
  return lane < 2 ? lane : Math.min(tallest, Math.floor(lane));
}

/**
 * How many lanes are shown while more may appear. Each lane has its place from the beginning. If lanes would then be
 * too thin, the number of lanes grows in steps, like the axis.
 * @param {number} used
 * @param {number} reserved
 * @param {boolean} ended
 */
export function lanesShown(used, reserved, ended) {
  if (reserved * THINNEST_LANE <= MOST_HEIGHT) return Math.max(reserved, used);
  return ended ? used : Math.max(used, Math.min(reserved, niceAtLeast(Math.max(used, MOST_HEIGHT / THINNEST_LANE), [1, 1.5, 2, 3, 5])));
}

/**
 * Where the time axis ends. While a job runs, the axis grows in steps: otherwise the bars would shrink in each frame.
 * @param {number} elapsed
 * @param {boolean} ended
 */
export function axisEnd(elapsed, ended) {
  const least = Math.max(elapsed * 1.02, SHORTEST_SPAN);
  return ended ? least : niceAtLeast(Math.max(least, 0.5), [1, 1.5, 2, 3, 4, 6, 8]);
}

/** Pixels between a bar and the bar below it; the tail is drawn there. @param {number} laneHeight */
export function gapBelow(laneHeight) {
  if (laneHeight >= 16) return 5;
  return laneHeight >= 10 ? 3 : laneHeight >= 3 ? 1 : 0;
}

/** Seconds between two ticks. @param {number} pixelsPerSecond */
export const tickStep = (pixelsPerSecond) => niceAtLeast(TICK_DISTANCE / pixelsPerSecond, [1, 2, 5]);

/** How many lanes there are from one shown number to the next. @param {number} laneHeight */
export const numberStep = (laneHeight) => Math.max(1, niceAtLeast(LANE_NUMBER_DISTANCE / laneHeight, [1, 2, 5]));

/**
 * The multiples of `step` in a range. They are multiplied, not added up: a sum would drift.
 * @param {number} from
 * @param {number} to
 * @param {number} step
 */
export function multiples(from, to, step) {
  const first = Math.ceil(from / step);
  const length = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length }, (_, index) => (first + index) * step);
}

/**
 * The smallest product of one of `numbers` and a power of ten that is at least `least`.
 * @param {number} least
 * @param {number[]} numbers  From 1 to below 10, ascending.
 */
function niceAtLeast(least, numbers) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([...numbers, 10].find((number) => number * power >= least) ?? 10);
}
