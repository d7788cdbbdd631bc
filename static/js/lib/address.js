/** Addresses of the dashboard. A proxy may put them below a path: the page has this path in `data-base`. */

/** @param {string} path  Without the proxy's path, such as "/jobs/1". */
export const address = (path) => `${document.documentElement.dataset.base}${path}`;

/** @param {string} id */
export const jobPage = (id) => address(`/jobs/${id}`);

/** The form, filled in. @param {string} query  As model/request.js makes it. */
export const formPage = (query) => address(`/?${query}`);
