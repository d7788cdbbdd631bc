/** Starts the single-file page. The modules read the page's language when they load, so the language is set first. */

const languages = [...document.querySelectorAll('template')];
/** @param {string} tag  As "ru-RU". */
const inLanguage = (tag) => languages.find(({ lang }) => lang === tag.split('-')[0]);
const chosen = [location.hash.slice(1), ...navigator.languages].map(inLanguage).find(Boolean) ?? languages[0];
document.documentElement.lang = chosen.lang;
document.body.append(chosen.content);

// The name is in the import map.
const { show } = await import(document.getElementById('shared')?.dataset.module ?? '');
await show();
export {};
