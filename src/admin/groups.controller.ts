import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
} from '@nestjs/swagger';

import { isFhirId, shown } from '@app/fhir';

import { API_TAGS, ApiOutcomes, Clock } from '../common';
import {
  GroupDirectory,
  GroupNotFoundError,
  PatientLists,
  SegmentMembers,
  SegmentSource,
} from '../groups';
import { ApiExampleBody, OperatorController } from './admin.api';
import {
  AddedView,
  attributesOf,
  GroupChanges,
  groupView,
  GroupView,
  MembersToAdd,
  MembersToRemove,
  NewGroup,
  Preview,
  RemovedView,
  SegmentDraft,
  termsOf,
} from './groups.dto';

const ApiId = (): MethodDecorator =>
  ApiParam({ name: 'id', description: 'FHIR id of the group.', example: 'INF-101' });
const INVALID = { 400: 'The body has faults; each is named.', 413: 'The body is too large.' };
const WRONG_SOURCE = { 409: 'The group is a segment: its members follow from its criteria.' };

/** Makes groups and changes them: patient lists and segments. */
@Controller('admin/groups')
@OperatorController(API_TAGS.operatorGroups)
export class AdminGroupsController {
  constructor(
    private readonly groups: PatientLists,
    private readonly directory: GroupDirectory,
    private readonly segments: SegmentSource,
    private readonly members: SegmentMembers,
    private readonly clock: Clock,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Make a group',
    description: 'With criteria a segment, without an empty patient list.',
  })
  @ApiExampleBody(NewGroup, { id: 'INF-102', name: 'Influenza 2027' })
  @ApiCreatedResponse({ type: GroupView, description: 'The group.' })
  @ApiOutcomes({ ...INVALID, 409: 'There is a group with this id.' })
  async create(@Body() body: NewGroup): Promise<GroupView> {
    const { id, name } = body;
    await this.groups.create({ ...attributesOf(body), id, name });
    return this.show(id);
  }

  @Get()
  @ApiOperation({ summary: 'List all groups', description: 'Without their members.' })
  @ApiOkResponse({ type: [GroupView], description: 'The groups, by id.' })
  async list(): Promise<readonly GroupView[]> {
    return (await this.groups.list()).map(groupView);
  }

  @Post('preview')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Count the members of a segment before it is made',
    description: 'Evaluates criteria now. Nothing is stored.',
  })
  @ApiOkResponse({ type: Preview, description: 'How many patients there would be.' })
  @ApiOutcomes(INVALID)
  async tryOut(@Body() { criteria }: SegmentDraft): Promise<Preview> {
    const at = this.clock.present().toISOString();
    const count = await this.members.inTurn(() => this.segments.count(criteria, at));
    return { count, at };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show a group', description: 'Without its members.' })
  @ApiId()
  @ApiOkResponse({ type: GroupView, description: 'The group.' })
  async show(@Param('id') id: string): Promise<GroupView> {
    const [group] = await this.groups.list(known(id));
    if (!group) throw new GroupNotFoundError(shown(id));
    return groupView(group);
  }

  @Get(':id/preview')
  @ApiOperation({
    summary: 'Count the members of a group',
    description: 'Those whom an export that started now would hold.',
  })
  @ApiId()
  @ApiOkResponse({ type: Preview, description: 'How many patients there are.' })
  @ApiOutcomes({ 422: 'Its criteria cannot be evaluated.' })
  async preview(@Param('id') id: string): Promise<Preview> {
    const group = await this.directory.find(known(id));
    if (!group) throw new GroupNotFoundError(shown(id));
    if (group.source === 'segment') {
      const { count, at } = await this.members.of(group);
      return { count, at };
    }
    const at = this.clock.present().toISOString();
    return { count: await this.directory.count(group, at), at };
  }

  @Patch(':id')
  @ApiExampleBody(GroupChanges, { name: 'Influenza 2026/27' })
  @ApiOperation({
    summary: 'Change a group',
    description: 'Name, identifiers, characteristics, and criteria of a segment; others stay.',
  })
  @ApiId()
  @ApiOkResponse({ type: GroupView, description: 'The group.' })
  @ApiOutcomes({ ...INVALID, 409: 'The group is a patient list, which has no criteria.' })
  async update(@Param('id') id: string, @Body() body: GroupChanges): Promise<GroupView> {
    await this.groups.update(known(id), attributesOf(body));
    return this.show(id);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a group',
    description: 'The patients stay; so does the record of what the group was.',
  })
  @ApiId()
  @ApiNoContentResponse({ description: 'It is gone.' })
  async delete(@Param('id') id: string): Promise<void> {
    await this.groups.delete(known(id));
  }

  @Put(':id/members')
  @ApiExampleBody(MembersToAdd, { patients: ['pat-1', 'pat-2'] })
  @ApiOperation({
    summary: 'Add patients to a list',
    description: 'Those who are in it already get these terms. All of them or, on a fault, none.',
  })
  @ApiId()
  @ApiOkResponse({ type: AddedView, description: 'What became of them.' })
  @ApiOutcomes({
    ...INVALID,
    ...WRONG_SOURCE,
    413: 'The body is too large, or names more patients than one request may.',
    422: 'Some are not in the clinical store; allowUnknown adds them nevertheless.',
  })
  async add(@Param('id') id: string, @Body() body: MembersToAdd): Promise<AddedView> {
    return this.groups.add(known(id), body.patients, termsOf(body));
  }

  @Delete(':id/members')
  @ApiOperation({
    summary: 'Remove patients from a list',
    description: 'Those who are not in it are passed over.',
  })
  @ApiId()
  @ApiOkResponse({ type: RemovedView, description: 'How many were members.' })
  @ApiOutcomes({ ...INVALID, ...WRONG_SOURCE })
  async remove(@Param('id') id: string, @Body() body: MembersToRemove): Promise<RemovedView> {
    return this.groups.remove(known(id), body.patients);
  }
}

/** What is no id names no group; PostgreSQL would stumble over some of it. */
function known(id: string): string {
  if (isFhirId(id)) return id;
  throw new GroupNotFoundError(shown(id));
}
