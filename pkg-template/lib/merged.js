// The activities that `info()` returns. Comes with the WebAssembly.

/** A time as a sortable string: the service omits trailing zeros of the fraction of a second. */
const sortable = ({ createTime }) => createTime.replace(/(?:\.(\d*))?Z$/, (_, digits = '') => `.${digits.padEnd(9, '0')}`);

/** Merges new activities into known ones. They are usually the latest, but may have become visible late. */
export function merged(known, fresh) {
  if (known.length === 0 || fresh.length === 0) return known.length === 0 ? fresh : known;
  const all = [...known];
  for (const activity of fresh) {
    const time = sortable(activity);
    let place = all.length;
    while (time && place > 0 && sortable(all[place - 1]) > time) place--;
    all.splice(place, 0, activity);
  }
  return all;
}
