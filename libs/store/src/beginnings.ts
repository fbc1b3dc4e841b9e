const shortest = 2;
const longest = 12;

/** The first letters of words, from two of them to twelve: what somebody types who looks for a word. */
export function beginningsOf(words: unknown): string[] {
  const found = new Set<string>();
  for (const word of Array.isArray(words) ? words : []) {
    if (typeof word !== 'string') continue;
    const letters = Array.from(word);
    const most = Math.min(longest, letters.length);
    for (let count = Math.min(shortest, most); count <= most; count += 1) found.add(letters.slice(0, count).join(''));
  }
  return [...found];
}

/** What a longer text is looked up by. */
export const beginningOf = (text: string): string => Array.from(text).slice(0, longest).join('');
