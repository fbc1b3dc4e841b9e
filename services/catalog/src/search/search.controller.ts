import { Controller, Get, Header, Query } from '@nestjs/common';
import { Public, Refuses, httpRefusals } from '@lyceum/http';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { SearchQuery, SearchResult } from './search.query.js';
import { SearchService } from './search.service.js';

@Controller('courses')
export class SearchController {
  constructor(private readonly courses: SearchService) {}

  @Get()
  @Public()
  @Header('cache-control', 'public, max-age=5')
  @ApiOperation({ summary: 'Find published courses' })
  @ApiOkResponse({ standardSchema: SearchResult })
  @Refuses(httpRefusals.invalidCursor)
  search(@Query({ schema: SearchQuery }) query: SearchQuery): SearchResult {
    return this.courses.search(query);
  }
}
