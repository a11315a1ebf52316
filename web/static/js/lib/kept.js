/** Small things that outlive a reload. Private windows and full disks may refuse; then they do not outlive it. */

export function kept(storage, key) {
  return {
    load() {
      try {
        return JSON.parse(storage.getItem(key));
      } catch {
        return null;
      }
    },
    save(value) {
      try {
        if (value === null || value === undefined) storage.removeItem(key);
        else storage.setItem(key, JSON.stringify(value));
      } catch {
        // Nothing is lost that the page cannot live without.
      }
    },
  };
}
