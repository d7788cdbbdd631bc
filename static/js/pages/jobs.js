import { localizeTimes } from '../localtime.js';

localizeTimes();
