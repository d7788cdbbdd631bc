/** @import { Box } from './boxes.js' */
/** @import { Palette } from './palette.js' */

/**
 * How a bar of each outcome looks: the waiting part is pale, the receiving part full, and each
 * outcome has a pattern beside its colour, those of the marks in css/counts.css.
 * @typedef {(context: CanvasRenderingContext2D, colours: Palette, boxes: Box[]) => void} Shape
 */

/** Below this (pixels) a corner can't be cut, nor a hatching be seen. */
const SHAPED = 6;
/** From one line of a hatching to the next. */
const HATCHING = 6;

/** @type {Shape} */
function saved(context, colours, boxes) {
  waiting(context, colours['ok-waiting'], boxes);
  receiving(context, colours.ok, boxes);
}

/** Hatched. @type {Shape} */
function notFound(context, colours, boxes) {
  waiting(context, colours['not-found-waiting'], boxes);
  receiving(context, colours['not-found'], boxes);
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
  waiting(context, colours['error-waiting'], boxes);
  receiving(context, colours.error, boxes);
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

/** Open to the right, up to now; pale where its worker has gone on. @type {Shape} */
function running(context, colours, boxes) {
  for (const { bar, x, right, y, height } of boxes) {
    context.fillStyle = bar.held ? colours['running-held'] : colours.running;
    context.fillRect(x, y, right - x, height);
  }
}

/** @param {CanvasRenderingContext2D} context @param {string} colour @param {Box[]} boxes */
function waiting(context, colour, boxes) {
  context.fillStyle = colour;
  for (const { x, answer, y, height } of boxes) context.fillRect(x, y, answer - x, height);
}

/** @param {CanvasRenderingContext2D} context @param {string} colour @param {Box[]} boxes */
function receiving(context, colour, boxes) {
  context.fillStyle = colour;
  for (const { answer, right, y, height } of boxes) context.fillRect(answer, y, right - answer, height);
}

export const shapes = { ok: saved, not_found: notFound, error: failed, cancelled, running };
