import { bitCount, isTypoOf, letterBits, typosIn } from './words.js';

/** A word that a typed one stands for, and how much that counts. */
export interface Match {
  readonly word: string;
  readonly factor: number;
}

const EXACT = 10;
const COMPLETED = 6;
const CORRECTED = 4;

/** All words that can be found, in order. Made anew when words come; finding is fast. */
export class Vocabulary {
  private readonly words: readonly string[];
  private readonly bits: Int32Array;

  constructor(words: readonly string[]) {
    this.words = words.toSorted();
    this.bits = Int32Array.from(this.words, letterBits);
  }

  /** The word itself, those that begin with it, and if `tolerant` those that differ from it by a typing error or two. */
  matches(typed: string, tolerant: boolean): Match[] {
    const found = this.beginningWith(typed);
    return tolerant ? [...found, ...this.near(typed)] : found;
  }

  private beginningWith(typed: string): Match[] {
    const found: Match[] = [];
    for (let place = this.placeOf(typed); place < this.words.length; place += 1) {
      const word = this.words[place];
      if (!word?.startsWith(typed)) break;
      if (word === typed) found.push({ word, factor: EXACT });
      else if (typed.length > 1) found.push({ word, factor: COMPLETED });
      else break; // a single letter begins too much
    }
    return found;
  }

  private near(typed: string): Match[] {
    const typos = typosIn(typed);
    if (typos === 0) return [];
    const bits = letterBits(typed);
    return this.words
      .filter((word, place) => bitCount(bits ^ (this.bits[place] ?? 0)) <= 2 * typos && isTypoOf(typed, word))
      .map((word) => ({ word, factor: CORRECTED }));
  }

  /** Where `typed` is or would be. */
  private placeOf(typed: string): number {
    let [low, high] = [0, this.words.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.words[middle] ?? '') < typed) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
