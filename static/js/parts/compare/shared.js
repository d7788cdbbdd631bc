import { find } from '../../lib/dom.js';
import { openFile } from '../job/file.js';
import { Comparison } from './comparison.js';

/** Shows the jobs of a file, compared. */
export async function show() {
  const { recordings, names } = await openFile();
  const root = find(document, '#comparison', HTMLElement);
  new Comparison(root, names, recordings.map(({ job }) => job), async () => recordings);
}
