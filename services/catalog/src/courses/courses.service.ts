import { Injectable } from '@nestjs/common';
import { type Caller, isAdmin } from '@lyceum/http';
import { type Change, Clock, newId } from '@lyceum/kernel';
import { type Page, type PageRequest, VersionMismatch, type Versioned } from '@lyceum/store';
import {
  type Author,
  type Course,
  type Lecture,
  type Section,
  archive,
  authored,
  begin,
  reviseDetails,
} from './course.js';
import type { CourseEdit, LectureEdit, NewCourse, NewLecture, NewSection, OutlineOrder } from './course.requests.js';
import { type CourseHead, CoursesStore } from './courses.store.js';
import {
  addLecture,
  addSection,
  lectureOf,
  removeLecture,
  removeSection,
  renameSection,
  reorder,
  reviseLecture,
  sectionOf,
} from './outline.js';
import type { IfMatch } from './preconditions.js';
import { refusals } from '../refusals.js';

/** Who edits which course, and which version of it they have seen. */
export interface Editing {
  readonly courseId: string;
  readonly caller: Caller;
  readonly seen?: IfMatch;
}

export const authorOf = (caller: Caller): Author => ({ id: caller.id, admin: isAdmin(caller) });

@Injectable()
export class CoursesService {
  constructor(
    private readonly courses: CoursesStore,
    private readonly clock: Clock,
  ) {}

  create(details: NewCourse, caller: Caller): Promise<Versioned<Course>> {
    const id = newId();
    return this.courses.changeWithVersion(id, () => begin(id, caller.id, details, this.clock.now()));
  }

  ownCourses(caller: Caller, page: PageRequest): Promise<Page<CourseHead>> {
    return this.courses.ofInstructor(caller.id, page);
  }

  /** The draft, which must be one of the versions seen. Strangers learn only that they may not see the course. */
  async draft({ courseId, caller, seen }: Editing): Promise<Versioned<Course>> {
    const found = await this.courses.getWithVersion(courseId);
    if (!found) throw refusals.courseNotFound();
    authored(found.state, authorOf(caller));
    if (seen && !seen.includes(found.version)) throw new VersionMismatch(seen[0] ?? 0, found.version);
    return found;
  }

  reviseDetails(editing: Editing, edit: CourseEdit): Promise<Versioned<Course>> {
    return this.edit(editing, (course, now) => reviseDetails(course, edit, now));
  }

  async addSection(editing: Editing, { title, position }: NewSection): Promise<Versioned<Section>> {
    const id = newId();
    const edited = await this.edit(editing, (course, now) => addSection(course, { id, title, position }, now));
    return { state: sectionOf(edited.state.sections, id), version: edited.version };
  }

  async renameSection(editing: Editing, sectionId: string, title: string): Promise<Versioned<Section>> {
    const edited = await this.edit(editing, (course, now) => renameSection(course, sectionId, title, now));
    return { state: sectionOf(edited.state.sections, sectionId), version: edited.version };
  }

  removeSection(editing: Editing, sectionId: string): Promise<Versioned<Course>> {
    return this.edit(editing, (course, now) => removeSection(course, sectionId, now));
  }

  async addLecture(
    editing: Editing,
    sectionId: string,
    { position, ...fields }: NewLecture,
  ): Promise<Versioned<Lecture>> {
    const lecture: Lecture = { id: newId(), ...fields };
    const edited = await this.edit(editing, (course, now) => addLecture(course, sectionId, lecture, position, now));
    return { state: lectureOf(edited.state.sections, lecture.id), version: edited.version };
  }

  async reviseLecture(editing: Editing, lectureId: string, edit: LectureEdit): Promise<Versioned<Lecture>> {
    const edited = await this.edit(editing, (course, now) => reviseLecture(course, lectureId, edit, now));
    return { state: lectureOf(edited.state.sections, lectureId), version: edited.version };
  }

  removeLecture(editing: Editing, lectureId: string): Promise<Versioned<Course>> {
    return this.edit(editing, (course, now) => removeLecture(course, lectureId, now));
  }

  reorder(editing: Editing, { sections }: OutlineOrder): Promise<Versioned<Course>> {
    return this.edit(editing, (course, now) => reorder(course, sections, now));
  }

  archive(editing: Editing): Promise<Versioned<Course>> {
    return this.edit(editing, archive);
  }

  private async edit(
    editing: Editing,
    decide: (course: Course, now: Date) => Change<Course>,
  ): Promise<Versioned<Course>> {
    const { courseId, caller, seen } = editing;
    const expectedVersion = seen && (await this.draft(editing)).version;
    const now = this.clock.now();
    return this.courses.changeWithVersion(courseId, (current) => decide(authored(current, authorOf(caller)), now), {
      expectedVersion,
    });
  }
}
