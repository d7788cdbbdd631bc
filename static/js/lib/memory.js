/**
 * Values in the browser's storage. Their keys contain the dashboard's address, because one host may have several
 * dashboards. If storage is off or full, the values are lost, and nothing else fails.
 */
import { address } from './address.js';

/** @param {string} name @returns {string | null} */
export function recall(name) {
  try {
    return localStorage.getItem(address(name));
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(address(name), value);
  } catch {
    // The value is lost.
  }
}
