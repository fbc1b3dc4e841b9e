import { Injectable } from '@nestjs/common';
import { Database, Records, where } from '@lyceum/store';
import { mongo } from 'mongoose';
import { isTypoOf, remainders } from './words.js';

interface Word {
  /** The word itself. */
  readonly id: string;
  readonly length: number;
  readonly remainders: readonly string[];
}

const MOST_COMPLETIONS = 300;
const MOST_CANDIDATES = 1_000;
const MOST_CORRECTIONS = 50;

/** Every word of every listing: what a beginning completes to and what a misspelt word may have meant. */
@Injectable()
export class VocabularyStore extends Records<Word> {
  constructor(database: Database) {
    super(database, {
      collection: 'search_words',
      fields: { length: { type: Number, required: true }, remainders: [String] },
      indexes: [{ keys: { remainders: 1 } }],
    });
  }

  /** Adds the words that are not there yet. Words stay when their last listing goes: they then find nothing. */
  async learn(words: readonly string[]): Promise<void> {
    const here = await this.native.find({ _id: { $in: [...words] } }, { projection: { _id: 1 } }).toArray();
    const known = new Set(here.map(({ _id }) => _id));
    const added = words.filter((word) => !known.has(word)).map((word) => this.storedWord(word));
    if (added.length === 0) return;
    try {
      await this.native.insertMany(added, { ordered: false });
    } catch (error) {
      if (!onlyRepeats(error)) throw error; // else: another listing has just brought the same words
    }
  }

  private storedWord(word: string) {
    return { _id: word, version: 1, shape: this.shape.number, length: word.length, remainders: remainders(word) };
  }

  /** The words that begin so, the word itself included, shortest first. */
  async completions(beginning: string): Promise<string[]> {
    if (beginning.length < 2) return [beginning];
    const range = { $gte: beginning, $lt: `${beginning}\uFFFF` };
    const found = await this.native
      .find({ _id: range }, { projection: { _id: 1 } })
      .sort({ length: 1, _id: 1 })
      .limit(MOST_COMPLETIONS)
      .toArray();
    return found.map(({ _id }) => _id);
  }

  /** The words that differ from it by a typing error or two. */
  async corrections(word: string): Promise<string[]> {
    const near = await this.find({ remainders: where({ $in: remainders(word) }) }, { limit: MOST_CANDIDATES });
    return near
      .map(({ id }) => id)
      .filter((id) => isTypoOf(word, id))
      .slice(0, MOST_CORRECTIONS);
  }
}

const onlyRepeats = (error: unknown): boolean =>
  error instanceof mongo.MongoBulkWriteError &&
  [error.writeErrors].flat().every(({ code }) => code === 11_000) &&
  error.result.getWriteConcernError() === undefined;
