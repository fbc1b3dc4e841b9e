import { courseArchived, courseCreated, coursePublished } from '@lyceum/contracts';
import { defineService } from '@lyceum/host';
import { Config } from './config.js';
import { CoursesController } from './courses/courses.controller.js';
import { CoursesService } from './courses/courses.service.js';
import { CoursesStore } from './courses/courses.store.js';
import { OutlineController } from './courses/outline.controller.js';
import { CatalogPersonalData } from './personal-data.js';
import { Entitlements } from './projections/entitlements.js';
import { Instructors } from './projections/instructors.js';
import { MediaFacts } from './projections/media-facts.js';
import { QuizFacts } from './projections/quiz-facts.js';
import { AuthorlessCourses } from './publishing/authorless-courses.js';
import { ArticleTextsStore, EditionsStore } from './publishing/editions.store.js';
import { PublishingController } from './publishing/publishing.controller.js';
import { PublishingService } from './publishing/publishing.service.js';
import { Reactions } from './reactions.js';
import { ReadingController } from './reading/reading.controller.js';
import { ReadingService } from './reading/reading.service.js';
import { refusals } from './refusals.js';
import { CourseIndex } from './search/course-index.js';
import { IndexFeeder } from './search/index-feeder.js';
import { ListingsService } from './search/listings.service.js';
import { ListingsStore } from './search/listings.store.js';
import { SearchController } from './search/search.controller.js';
import { SearchService } from './search/search.service.js';

export const catalog = defineService({
  name: 'catalog',
  description: 'Courses, sections and lectures: authoring, publishing, reading and search.',
  config: Config,
  keyVariable: 'CATALOG_KEY_ENCRYPTION_KEY',
  controllers: [CoursesController, OutlineController, PublishingController, SearchController, ReadingController],
  providers: [
    CoursesStore,
    CoursesService,
    EditionsStore,
    ArticleTextsStore,
    PublishingService,
    AuthorlessCourses,
    ReadingService,
    ListingsStore,
    CourseIndex,
    IndexFeeder,
    ListingsService,
    SearchService,
    MediaFacts,
    QuizFacts,
    Instructors,
    Entitlements,
  ],
  reactions: Reactions,
  personalData: CatalogPersonalData,
  publishes: [courseCreated, coursePublished, courseArchived],
  refusals,
  stateful: true,
});
