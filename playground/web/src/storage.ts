// What the browser keeps for the page. It may deny that: in private windows, by a setting, in a frame of another site.

type Place = "localStorage" | "sessionStorage";

/** Reads what was kept; null if there is nothing, or the browser denies it. */
export function recall(key: string, place: Place = "localStorage"): string | null {
  try {
    return window[place].getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a text, or forgets it if it is null. False if the browser denies it or has no room. */
export function keep(key: string, text: string | null, place: Place = "localStorage"): boolean {
  try {
    if (text === null) window[place].removeItem(key);
    else window[place].setItem(key, text);
    return true;
  } catch {
    return false;
  }
}
