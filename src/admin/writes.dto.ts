import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsInt, IsString } from 'class-validator';

import { REQUEST_LIMITS } from '../common';
import { Optional } from './optional';

const MAX_FEEDS = REQUEST_LIMITS.entries;

/** What an app may write; what is left out it may not. */
export class GivenWrites {
  @ApiPropertyOptional({ description: 'It may send batches of every feed.' })
  @Optional()
  @IsBoolean()
  allFeeds?: boolean;

  @ApiPropertyOptional({
    description: 'Feeds that it may send batches of.',
    example: ['main-ehr'],
  })
  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_FEEDS)
  @IsString({ each: true })
  feeds?: string[];

  @ApiPropertyOptional({
    description: 'It may write single resources and Bundles at the FHIR base, of its types.',
  })
  @Optional()
  @IsBoolean()
  fhirWrites?: boolean;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: 10_000,
    description: 'How many groups it may make and keep itself; left out or 0: none.',
    example: 10,
  })
  @Optional()
  @IsInt()
  ownGroups?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 10_000_000,
    description: 'Members of one of its groups at most; left out: 100,000.',
    example: 100_000,
  })
  @Optional()
  @IsInt()
  ownGroupMembers?: number;

  @ApiPropertyOptional({
    description:
      'Members of its groups may be anybody; left out: only members of the groups that it is licensed for.',
  })
  @Optional()
  @IsBoolean()
  choosesFromEveryone?: boolean;
}

export class OwnGroupsView {
  @ApiProperty({ type: 'integer', description: 'At a time.', example: 10 })
  groups: number;

  @ApiProperty({ type: 'integer', description: 'Of one group, at most.', example: 100_000 })
  members: number;

  @ApiProperty({
    enum: ['licensed', 'everyone'],
    description: 'Whom it may choose: members of the groups that it is licensed for, or everyone.',
  })
  population: string;
}
