import { find } from '../lib/dom.js';
import { JobList } from '../history/joblist.js';

new JobList(find(document, '#history', HTMLElement), find(document, '[data-problem]', HTMLElement));
