import { Injectable } from '@nestjs/common';
import { Aggregates, Database, InvalidCursor, type Page, type PageRequest } from '@lyceum/store';
import type { Course } from './course.js';
import { isId } from './slug.js';

/** A course without its content, which may be megabytes. */
export type CourseHead = Omit<Course, 'sections'>;

const WITHOUT_CONTENT = { sections: 0, outbox: 0 } as const;

@Injectable()
export class CoursesStore extends Aggregates<Course> {
  constructor(database: Database) {
    super(database, {
      collection: 'courses',
      fields: {
        instructorId: { type: String, required: true },
        details: { type: Object, required: true },
        sections: { type: [Object], required: true },
        publication: { type: Object, required: true },
        slug: String,
        offeredSince: Date,
        createdAt: { type: Date, required: true },
        updatedAt: { type: Date, required: true },
      },
      indexes: [
        { keys: { instructorId: 1, _id: -1 } },
        { keys: { slug: 1 }, name: 'slug', unique: true, where: { slug: { $exists: true } } },
      ],
    });
  }

  /** By its id or its slug. */
  async head(idOrSlug: string): Promise<CourseHead | undefined> {
    const filter = isId(idOrSlug) ? { _id: idOrSlug } : { slug: idOrSlug };
    const stored = await this.native.findOne(filter, { projection: WITHOUT_CONTENT });
    return stored ? this.itemOf(stored) : undefined;
  }

  /** The slugs that are `base` or begin with `base-`. */
  async slugsLike(base: string): Promise<Set<string>> {
    const range = { $gte: base, $lt: `${base}.` }; // '.' is the character after '-'
    const found = await this.native.find({ slug: range }, { projection: { slug: 1 } }).toArray();
    return new Set(found.flatMap((stored) => this.itemOf(stored).slug ?? []));
  }

  /** Newest first: ids grow with time. */
  async ofInstructor(instructorId: string, { after, limit }: PageRequest): Promise<Page<CourseHead>> {
    const before = after === undefined ? {} : { _id: { $lt: idIn(after) } };
    const cursor = this.native.find({ instructorId, ...before }, { projection: WITHOUT_CONTENT });
    const found = await cursor
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    const items = found.slice(0, limit).map((stored): CourseHead => this.itemOf(stored));
    const last = items.at(-1);
    return found.length > limit && last ? { items, next: Buffer.from(last.id).toString('base64url') } : { items };
  }

  /** Ids of the instructor's courses that have a slug, which is to say: have been published. */
  async publishedIdsOf(instructorId: string): Promise<string[]> {
    const filter = { instructorId, slug: { $exists: true } };
    const found = await this.native.find(filter, { projection: { _id: 1 } }).toArray();
    return found.map(({ _id }) => _id);
  }
}

function idIn(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isId(id)) throw new InvalidCursor();
  return id;
}
