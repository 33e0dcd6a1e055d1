// Keeps the key that was made here for the next visit: as a handle, which signs and cannot be read.

const DATABASE = 'ehr-bulk-data';
const STORE = 'keys';
const NAME = 'made-here';

/** The key that was made in this browser at this address, as `make` gave it, or undefined. */
export const keptKey = () => inStore('readonly', (store) => store.get(NAME));

export const keepKey = (key) => inStore('readwrite', (store) => store.put(key, NAME));

export const forgetKey = () => inStore('readwrite', (store) => store.delete(NAME));

async function inStore(mode, action) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(STORE));
  const database = await settled(opening);
  try {
    return await settled(action(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}
