import { localizeTimes } from '../lib/localtime.js';

localizeTimes();
