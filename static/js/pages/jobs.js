import { find } from '../lib/dom.js';
import { JobList } from '../parts/history/joblist.js';

new JobList(find(document, '#history', HTMLElement), find(document, '[data-problem]', HTMLElement));
