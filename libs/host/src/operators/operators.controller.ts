import { Body, Controller, Get, HttpCode, Inject, Injectable, Param, Post, Query, type Type } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Caller, PageQuery, Refuses, Roles, ScopedAs } from '@lyceum/http';
import { Clock } from '@lyceum/kernel';
import { z } from 'zod';
import { OperatorsService } from './operators.service.js';
import {
  ActPage,
  DeadLetterList,
  DeadLetterQuery,
  DeadLetterView,
  DoneView,
  DropOrder,
  EventList,
  EventsQuery,
  JobList,
  JobRunView,
  JobView,
  OperationsSummary,
  ProjectionList,
  ProjectionView,
  RebuildOrder,
  ReplayOrder,
  RunJobOrder,
  actView,
  deadLetterSummary,
  deadLetterView,
  doneView,
  jobRunView,
  jobView,
  projectionView,
  selectionOf,
} from './operators.views.js';
import { refusals } from './refusals.js';

const EventParams = z.object({ eventId: z.string().min(1).max(200) });
type EventParams = z.infer<typeof EventParams>;
const ProjectionParams = z.object({ projection: z.string().min(1).max(100) });
type ProjectionParams = z.infer<typeof ProjectionParams>;
const JobParams = z.object({ job: z.string().min(1).max(100) });
type JobParams = z.infer<typeof JobParams>;

@Injectable()
class OperatorsRoutes {
  constructor(
    @Inject(OperatorsService) private readonly operators: OperatorsService,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'How many dead letters there are, and how the projections are' })
  @ApiOkResponse({ standardSchema: OperationsSummary })
  async summary(): Promise<OperationsSummary> {
    const [deadLetters, { items: projections }] = await Promise.all([this.operators.countDead(), this.projections()]);
    return { service: this.operators.service, deadLetters, projections };
  }

  @Get('dead-letters')
  @ApiOperation({ summary: 'Events that the service has given up on, the one that failed longest ago first' })
  @ApiOkResponse({ standardSchema: DeadLetterList })
  async deadLetters(@Query({ schema: DeadLetterQuery }) query: DeadLetterQuery): Promise<DeadLetterList> {
    const [total, letters] = await Promise.all([
      this.operators.countDead(),
      this.operators.deadLetters({ ...selectionOf(query), limit: query.limit }),
    ]);
    return { total, items: letters.map(deadLetterSummary) };
  }

  @Get('dead-letters/:eventId')
  @ApiOperation({ summary: 'One of them with its event, its error and the stack' })
  @ApiOkResponse({ standardSchema: DeadLetterView })
  @Refuses(refusals.deadLetterNotFound)
  async deadLetter(@Param({ schema: EventParams }) { eventId }: EventParams): Promise<DeadLetterView> {
    return deadLetterView(await this.operators.deadLetter(eventId));
  }

  @Post('dead-letters/replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give dead letters back to the service, by id, type or time; or count them' })
  @ApiOkResponse({ standardSchema: DoneView })
  async replay(
    @Caller() caller: Caller,
    @Body({ schema: ReplayOrder }) { ids, dryRun, reason, ...rest }: ReplayOrder,
  ): Promise<z.infer<typeof DoneView>> {
    const selection = { ...selectionOf(rest), ...(ids ? { ids } : {}) };
    const done = dryRun
      ? await this.operators.rehearse(selection)
      : await this.operators.replay(caller.id, selection, reason);
    return doneView(done);
  }

  @Post('dead-letters/drop')
  @HttpCode(200)
  @ApiOperation({ summary: 'Throw dead letters away for good, for a reason' })
  @ApiOkResponse({ standardSchema: DoneView })
  async drop(
    @Caller() caller: Caller,
    @Body({ schema: DropOrder }) { ids, reason }: DropOrder,
  ): Promise<z.infer<typeof DoneView>> {
    return doneView(await this.operators.drop(caller.id, ids, reason));
  }

  @Get('projections')
  @ApiOperation({ summary: 'What the service keeps of other services’ facts, and how its latest rebuild went' })
  @ApiOkResponse({ standardSchema: ProjectionList })
  async projections(): Promise<ProjectionList> {
    return { items: await Promise.all(this.operators.projections().map(projectionView)) };
  }

  @Get('projections/:projection')
  @ApiOperation({ summary: 'One projection, and how far its rebuild is' })
  @ApiOkResponse({ standardSchema: ProjectionView })
  @Refuses(refusals.projectionNotFound)
  projection(@Param({ schema: ProjectionParams }) { projection }: ProjectionParams): Promise<ProjectionView> {
    return projectionView(this.operators.projection(projection));
  }

  @Post('projections/:projection/rebuild')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Make a projection anew from its publishers’ logs; while that is under way it is not begun again',
  })
  @ApiAcceptedResponse({ standardSchema: ProjectionView })
  @Refuses(refusals.projectionNotFound)
  async rebuild(
    @Caller() caller: Caller,
    @Param({ schema: ProjectionParams }) { projection }: ProjectionParams,
    @Body({ schema: RebuildOrder }) { reason }: RebuildOrder,
  ): Promise<ProjectionView> {
    return projectionView(await this.operators.rebuild(caller.id, projection, reason));
  }

  @Get('jobs')
  @ApiOperation({ summary: 'What the service does at set times: when next, and how the latest run went' })
  @ApiOkResponse({ standardSchema: JobList })
  async jobs(): Promise<JobList> {
    const now = this.clock.now();
    const views = this.operators.jobs().map(async (job) => jobView(job, await this.operators.runs(job, 1), now));
    return { items: await Promise.all(views) };
  }

  @Get('jobs/:job')
  @ApiOperation({ summary: 'One of these jobs with its latest runs' })
  @ApiOkResponse({ standardSchema: JobView })
  @Refuses(refusals.jobNotFound)
  async job(@Param({ schema: JobParams }) { job: name }: JobParams): Promise<JobView> {
    const job = this.operators.job(name);
    return jobView(job, await this.operators.runs(job, 50), this.clock.now());
  }

  @Post('jobs/:job/run')
  @HttpCode(202)
  @ApiOperation({ summary: 'Have a job run now; while a run of it is waiting or under way, it is that one' })
  @ApiAcceptedResponse({ standardSchema: JobRunView })
  @Refuses(refusals.jobNotFound)
  async runJob(
    @Caller() caller: Caller,
    @Param({ schema: JobParams }) { job }: JobParams,
    @Body({ schema: RunJobOrder }) { reason }: RunJobOrder,
  ): Promise<JobRunView> {
    return jobRunView(await this.operators.runJob(caller.id, job, reason));
  }

  @Get('events')
  @ApiOperation({ summary: 'What the service has published, from its log' })
  @ApiOkResponse({ standardSchema: EventList })
  @Refuses(refusals.eventNotFound)
  async events(@Query({ schema: EventsQuery }) query: EventsQuery): Promise<EventList> {
    return { items: await this.operators.events(query) };
  }

  @Get('acts')
  @ApiOperation({ summary: 'What operators have done here, the latest first' })
  @ApiOkResponse({ standardSchema: ActPage })
  async acts(@Query({ schema: PageQuery }) query: PageQuery): Promise<ActPage> {
    const { items, next } = await this.operators.latestActs(query);
    return { items: items.map(actView), ...(next === undefined ? {} : { next }) };
  }
}

/** The operators' routes of one service, below `/operations/<service>`: for administrators. */
export function operatorsController(service: string): Type {
  class Routes extends OperatorsRoutes {}
  // operations are named after it in the API document, where those of all services meet
  const name = `${service.charAt(0).toUpperCase()}${service.slice(1)}OperationsController`;
  Object.defineProperty(Routes, 'name', { value: name });
  Controller(`operations/${service}`)(Routes);
  Roles('ADMIN')(Routes);
  ScopedAs('operations')(Routes);
  return Routes;
}
