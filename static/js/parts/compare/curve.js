/** @import { Job } from '../../model/types.js' */
/** @import { Point } from '../../model/curve.js' */
import { find } from '../../lib/dom.js';
import { duration } from '../../lib/text.js';
import { logScale, pointsOf, ticks } from '../../model/curve.js';
import { isSweep } from '../../model/sweep.js';

/** In units of the SVG's viewBox, which the page scales. */
const PLOT = { left: 84, right: 620, top: 12, bottom: 200 };

/** Time against connections, both on logarithmic axes, with the floor; shown if the jobs are a sweep. */
export class Curve {
  #root;
  #svg;
  #drawn = '';

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#svg = find(root, 'svg', SVGSVGElement);
  }

  /** @param {Job[]} jobs */
  update(jobs) {
    const points = isSweep(jobs) ? pointsOf(jobs) : [];
    const version = JSON.stringify(points);
    if (version === this.#drawn) return;
    this.#drawn = version;
    this.#root.hidden = !isSweep(jobs);
    this.#svg.replaceChildren(...(points.length > 1 ? drawing(points) : []));
  }
}

/** @param {Point[]} points */
function drawing(points) {
  const widths = points.map(({ connections }) => connections);
  const times = ticks(Math.min(...points.map(({ time, floor }) => floor ?? time)), Math.max(...points.map(({ time }) => time)));
  const x = logScale([widths[0], widths[widths.length - 1]], [PLOT.left, PLOT.right]);
  const y = logScale([times[0], times[times.length - 1]], [PLOT.bottom, PLOT.top]);
  /** @param {'time' | 'floor'} of */
  const line = (of) => points.flatMap(({ connections, [of]: time }) => (time === null ? [] : [`${x(connections)},${y(time)}`])).join(' ');
  return [
    ...times.flatMap((time) => [
      shape('line', { class: 'grid', x1: PLOT.left, x2: PLOT.right, y1: y(time), y2: y(time) }),
      label(duration(time), { x: PLOT.left - 8, y: y(time) + 4, 'text-anchor': 'end' }),
    ]),
    ...widths.map((width) => label(String(width), { x: x(width), y: PLOT.bottom + 18, 'text-anchor': 'middle' })),
    shape('polyline', { class: 'times', points: line('time') }),
    shape('polyline', { class: 'floor', points: line('floor') }),
    ...points.map(({ connections, time }) => shape('circle', { class: 'point', cx: x(connections), cy: y(time), r: 4 })),
  ];
}

/** @param {string} name @param {Record<string, string | number>} attributes */
function shape(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** @param {string} text @param {Record<string, string | number>} attributes */
function label(text, attributes) {
  const element = shape('text', attributes);
  element.textContent = text;
  return element;
}
