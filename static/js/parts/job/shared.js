import { find } from '../../lib/dom.js';
import { JobStore } from '../../model/store.js';
import { Course } from './course.js';
import { openFile } from './file.js';

/** Shows the job of a file. */
export async function show() {
  const { recordings, names, images } = await openFile();
  const root = find(document, '[data-panel]', HTMLElement);
  new Course(root, new JobStore(recordings[0].job), {
    names, fetchImages: async () => images, open() {}, recordings: async () => recordings,
  });
}
