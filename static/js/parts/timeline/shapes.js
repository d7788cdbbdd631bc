/** @import { Box } from './boxes.js' */
/** @import { Palette } from './palette.js' */

/**
 * Draws the bars of one outcome: connecting is grey, waiting is pale, receiving is full, checking and saving is darker and lower. Each
 * outcome has a pattern as well as a colour, as the marks in css/parts/counts.css.
 * @typedef {(context: CanvasRenderingContext2D, colours: Palette, boxes: Box[]) => void} Shape
 */

/** Bars lower than this (pixels) have no cut corner and no hatching. */
const SHAPED = 6;
/** The part of checking and saving is lower by this share of its height. */
const LOWERED = 0.25;
/** Pixels between two lines of a hatching. */
const HATCHING = 6;

/** @type {Shape} */
function saved(context, colours, boxes) {
  phases(context, colours, boxes, 'ok');
}

/** Hatched. @type {Shape} */
function notFound(context, colours, boxes) {
  phases(context, colours, boxes, 'not-found');
  const tall = boxes.filter(({ height }) => height >= SHAPED);
  context.save();
  context.beginPath();
  for (const { x, right, y, height } of tall) context.rect(x, y, right - x, height);
  context.clip();
  context.strokeStyle = colours['not-found'];
  context.lineWidth = 1.5;
  context.beginPath();
  for (const box of tall) hatch(context, box);
  context.stroke();
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Box} box */
function hatch(context, { x, right, y, height }) {
  for (let at = Math.floor((x - height) / HATCHING) * HATCHING; at < right; at += HATCHING) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
}

/** A corner is cut off. @type {Shape} */
function failed(context, colours, boxes) {
  phases(context, colours, boxes, 'error');
  context.fillStyle = colours.plot;
  context.beginPath();
  for (const { x, right, y, height } of boxes) {
    if (height < SHAPED) continue;
    const cut = Math.min(height * 0.4, (right - x) / 2);
    context.moveTo(right - cut, y);
    context.lineTo(right, y);
    context.lineTo(right, y + cut);
  }
  context.fill();
}

/** Stripes: a dashed line, as thick as the bar. @type {Shape} */
function cancelled(context, colours, boxes) {
  context.save();
  context.strokeStyle = colours.cancelled;
  context.setLineDash([4, 2]);
  for (const { x, right, y, height } of boxes) {
    context.lineWidth = height;
    context.beginPath();
    context.moveTo(x, y + height / 2);
    context.lineTo(right, y + height / 2);
    context.stroke();
  }
  context.restore();
}

/** Open to the right, up to now. @type {Shape} */
function running(context, colours, boxes) {
  fill(context, colours.running, boxes, 'x', 'right');
}

/** Held back: a thin line, from the end of the bar to where its result was returned. @type {Shape} */
export function drawTails(context, colours, boxes) {
  context.fillStyle = colours.held;
  for (const { right, back, tail } of boxes) {
    if (back - right >= 1) context.fillRect(right, tail.y, back - right, tail.height);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Palette} colours
 * @param {Box[]} boxes
 * @param {'ok' | 'not-found' | 'error'} name
 */
function phases(context, colours, boxes, name) {
  fill(context, colours.connecting, boxes, 'x', 'sent');
  fill(context, colours[`${name}-waiting`], boxes, 'sent', 'answer');
  fill(context, colours[name], boxes, 'answer', 'received');
  fill(context, colours[`${name}-saving`], boxes, 'received', 'right', LOWERED);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} colour
 * @param {Box[]} boxes
 * @param {'x' | 'sent' | 'answer' | 'received'} from
 * @param {'sent' | 'answer' | 'received' | 'right'} to
 * @param {number} [lowered]  Lower by this share of its height, if the bar is high enough to show it.
 */
function fill(context, colour, boxes, from, to, lowered = 0) {
  context.fillStyle = colour;
  for (const box of boxes) {
    const top = box.height < SHAPED ? 0 : box.height * lowered;
    context.fillRect(box[from], box.y + top, box[to] - box[from], box.height - top);
  }
}

export const shapes = { ok: saved, not_found: notFound, error: failed, cancelled, running };
