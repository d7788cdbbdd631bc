/** @import { Bar } from '../../model/lanes.js' */
/** @import { Viewport } from '../../model/viewport.js' */
/** @import { Status } from '../../model/types.js' */
/** @import { Palette } from './palette.js' */
import { gapBelow } from '../../model/layout.js';
import { drawTails, shapes } from './shapes.js';

/**
 * @typedef {object} Box  Where a bar is drawn, in pixels.
 * @property {Bar} bar
 * @property {number} x
 * @property {number} sent  Where the connecting part ends.
 * @property {number} answer  Where the waiting part ends.
 * @property {number} received  Where the receiving part ends.
 * @property {number} right
 * @property {number} back  Where the tail ends.
 * @property {number} y
 * @property {number} height
 * @property {Tail} tail
 *
 * @typedef {{y: number, height: number}} Tail  In the gap below the bar.
 *
 * @typedef {object} Ink
 * @property {Palette} colours
 * @property {string} font
 * @property {number} ratio  Screen pixels per pixel of the drawing.
 */

/** Later ones cover earlier ones where lanes are thinner than a pixel: errors stay visible. */
const ORDER = /** @type {const} */ (['ok', 'not_found', 'cancelled', 'running', 'error']);
/** The end of a bar shows its outcome, even if receiving was shorter than this. */
const NARROWEST_END = 2;
const LABELLED_LANE = 12;

/** Rounds to the edge of a pixel: otherwise a line becomes two grey lines. @param {number} position @param {number} ratio */
export const crisp = (position, ratio) => Math.round(position * ratio) / ratio;

/**
 * Draws within a part of the plot, as wide as the plot.
 * @param {CanvasRenderingContext2D} context
 * @param {Viewport} view
 * @param {number} y
 * @param {number} height
 * @param {() => void} draw
 */
export function within(context, { width }, y, height, draw) {
  context.save();
  context.beginPath();
  context.rect(0, y, width, height);
  context.clip();
  draw();
  context.restore();
}

/** @param {Bar} bar @param {Viewport} view @param {number} ratio @returns {Box} */
export function boxOf(bar, view, ratio) {
  // Limits coordinates: far out of sight, they are inexact. At the edge, a code stays visible as long as its bar.
  /** @param {number} at */
  const inSight = (at) => Math.max(-NARROWEST_END, Math.min(at, view.width + NARROWEST_END));
  const [x, right] = view.extent(bar).map(inSight);
  const answer = Math.max(x, Math.min(inSight(view.x(bar.answer)), right - NARROWEST_END));
  const sent = Math.max(x, Math.min(inSight(view.x(bar.sent)), answer));
  const received = Math.max(answer, Math.min(inSight(view.x(bar.received)), right));
  const gap = gapBelow(view.laneHeight);
  const y = crisp(view.y(bar.lane), ratio);
  const height = Math.max(crisp(view.y(bar.lane + 1), ratio) - gap - y, 1 / ratio);
  return { bar, x, sent, answer, received, right, back: inSight(view.x(bar.back)), y, height, tail: tailOf(y + height, gap, ratio) };
}

/** @param {number} y  Where the gap begins. @param {number} gap @param {number} ratio @returns {Tail} */
function tailOf(y, gap, ratio) {
  const height = Math.ceil(gap / 2) || 1 / ratio;
  return { y: gap > height ? y + 1 : y + gap - height, height };
}

/**
 * @param {CanvasRenderingContext2D} context  Its origin is where the lanes begin.
 * @param {Bar[]} bars
 * @param {Viewport} view
 * @param {Ink} ink
 */
export function drawBars(context, bars, view, ink) {
  /** @type {Record<Status, Box[]>} */
  const boxes = { ok: [], not_found: [], cancelled: [], error: [], running: [], pending: [] };
  for (const bar of bars) boxes[bar.row.status].push(boxOf(bar, view, ink.ratio));
  for (const status of ORDER) drawTails(context, ink.colours, boxes[status]);
  for (const status of ORDER) shapes[status](context, ink.colours, boxes[status]);
  if (view.laneHeight >= LABELLED_LANE) for (const status of ORDER) drawCodes(context, boxes[status], ink);
}

/**
 * Sets the style of all text.
 * @param {CanvasRenderingContext2D} context
 * @param {string} font
 * @param {CanvasTextAlign} align
 */
export function setTextStyle(context, font, align) {
  context.font = font;
  context.textAlign = align;
  context.textBaseline = 'middle';
}

/**
 * Writes each code into the widest part of its bar, if it fits.
 * @param {CanvasRenderingContext2D} context
 * @param {Box[]} boxes
 * @param {Ink} ink
 */
function drawCodes(context, boxes, { colours, font }) {
  setTextStyle(context, `600 ${font}`, 'left');
  const room = context.measureText('WW').width + 8;
  for (const { bar, x, sent, answer, received, right, y, height } of boxes) {
    const { status, cc } = bar.row;
    const whole = status === 'running' || status === 'cancelled';
    const parts = whole ? [[x, right]] : [[sent, answer], [answer, received], [received, right]];
    const [from, to] = parts.reduce((widest, part) => (part[1] - part[0] > widest[1] - widest[0] ? part : widest));
    if (to - from < room) continue;
    const patterned = status === 'not_found' || status === 'cancelled';
    if (patterned) {
      context.fillStyle = colours.plot; // letters are illegible on a pattern
      context.fillRect(from + 2, y + 1, context.measureText(cc).width + 4, height - 2);
    }
    context.fillStyle = status === 'running' ? colours['on-running'] : patterned || from === sent ? colours.ink : colours['on-ok'];
    context.fillText(cc, from + 4, y + height / 2 + 0.5);
  }
}
