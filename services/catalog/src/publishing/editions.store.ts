import { Injectable } from '@nestjs/common';
import { Database, type Page, type PageRequest, Records, where } from '@lyceum/store';
import type { ArticleText, Edition } from './edition.js';

/** Every edition of every course. One that no course refers to is what a crash during publishing has left. */
@Injectable()
export class EditionsStore extends Records<Edition> {
  constructor(database: Database) {
    super(database, {
      collection: 'editions',
      fields: {
        courseId: { type: String, required: true },
        instructorId: { type: String, required: true },
        edition: { type: Number, required: true },
        details: { type: Object, required: true },
        sections: { type: [Object], required: true },
        madeAt: { type: Date, required: true },
      },
      indexes: [{ keys: { courseId: 1, edition: 1 } }],
    });
  }

  /** All of a course's editions, the first one first. */
  ofCourse(courseId: string): Promise<Edition[]> {
    return this.find({ courseId }, { sort: ['edition'] });
  }

  /** Removes those that learners no longer see, or never did: up to the one that is `kept`, and what is older than `before`. */
  removeOthers({ id, courseId, edition }: Edition, before: Date): Promise<number> {
    return this.removeAll({
      courseId,
      _id: where({ $ne: id }),
      $or: [{ edition: where({ $lte: edition }) }, { madeAt: where({ $lt: before }) }],
    });
  }

  removeOfCourse(courseId: string): Promise<number> {
    return this.removeAll({ courseId });
  }

  /** Removes what was made before `before` under the number of the edition that is `kept`. */
  removeLeftovers({ id, courseId, edition }: Edition, before: Date): Promise<number> {
    return this.removeAll({
      courseId,
      edition,
      _id: where({ $ne: id }),
      madeAt: where({ $lt: before }),
    });
  }
}

@Injectable()
export class ArticleTextsStore extends Records<ArticleText> {
  constructor(database: Database) {
    super(database, {
      collection: 'article_texts',
      // not `required`: mongoose takes an empty text for a missing one
      fields: { courseId: { type: String, required: true }, content: String },
      indexes: [{ keys: { courseId: 1, _id: 1 } }],
    });
  }

  ofCourse(courseId: string, page: PageRequest): Promise<Page<ArticleText>> {
    return this.page({ courseId }, page);
  }

  /** Removes the texts of a course but those that are `kept`. */
  removeOthers(courseId: string, kept: readonly string[]): Promise<number> {
    return this.removeAll({ courseId, _id: where({ $nin: [...kept] }) });
  }
}
