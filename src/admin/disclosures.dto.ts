import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';

import { RESOURCE_TYPES } from '@app/fhir';

import { type Disclosure, type DisclosureList, JOB_STATES } from '../export-jobs';

const BY_TYPE = { type: 'object', additionalProperties: true } as const;

/** Who is asked about, in a body: URLs are written to the logs of proxies. */
export class DisclosureQuestionBody {
  @ApiProperty({ description: 'Id, or Patient/[id].', example: 'patient-1' })
  @IsString()
  patient: string;

  @ApiPropertyOptional({ description: '`next` of the page before.' })
  @IsOptional()
  @IsString()
  before?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(200)
  count?: number;
}

class DisclosedParametersView {
  @ApiProperty({ enum: RESOURCE_TYPES, isArray: true }) types: readonly string[];
  @ApiProperty({ enum: RESOURCE_TYPES, isArray: true }) provenanceOf: readonly string[];
  @ApiPropertyOptional({ format: 'date-time' }) since?: string;
  @ApiPropertyOptional({ format: 'date-time' }) until?: string;
  @ApiPropertyOptional(BY_TYPE) elements?: object;
  @ApiPropertyOptional({ enum: ['relevant', 'latest'] }) provenance?: string;
  @ApiPropertyOptional({ ...BY_TYPE, description: 'Searches by type, as they were asked.' })
  typeFilters?: object;
  @ApiPropertyOptional({ ...BY_TYPE, description: 'As typeFilters, from the scopes.' })
  scopeFilters?: object;
}

class DisclosedFailureView {
  @ApiProperty({ example: 'processing' }) code: string;
  @ApiPropertyOptional() diagnostics?: string;
}

class DisclosedDownloadsView {
  @ApiProperty({ type: 'integer' }) count: number;
  @ApiPropertyOptional() first?: Date;
  @ApiPropertyOptional() last?: Date;
  @ApiProperty({ type: [String], example: ['Patient.1.ndjson'] }) files: readonly string[];
}

class DisclosureView implements Disclosure {
  @ApiProperty({ format: 'uuid' }) export: string;
  @ApiProperty({ description: 'Client id of its app.', example: 'my-app' }) app: string;
  @ApiProperty({ enum: ['group', 'patient', 'system'] }) level: Disclosure['level'];
  @ApiPropertyOptional({ type: String, example: 'INF-101' }) group: string | undefined;
  @ApiProperty({ enum: JOB_STATES }) state: Disclosure['state'];
  @ApiPropertyOptional({ type: String }) requestId: string | undefined;
  @ApiProperty({ type: DisclosedParametersView }) parameters: Disclosure['parameters'];
  @ApiProperty({ description: 'The app asked for this patient by id.' }) isNamed: boolean;
  @ApiProperty({ description: 'The export tells of this patient’s deletion alone.' })
  isDeparted: boolean;
  @ApiProperty() createdAt: Date;
  @ApiPropertyOptional({ type: Date }) transactionTime: Date | undefined;
  @ApiPropertyOptional({ type: Date }) finishedAt: Date | undefined;
  @ApiPropertyOptional({ type: DisclosedFailureView }) failure: Disclosure['failure'];
  @ApiProperty({ type: DisclosedDownloadsView, description: 'Through the service.' })
  downloads: Disclosure['downloads'];
  @ApiProperty({
    type: 'integer',
    description: 'Manifests with URLs that the storage answers: it knows who used them.',
  })
  signedManifests: number;
}

class NotOnRecordView {
  @ApiProperty({ type: 'integer' }) exports: number;
  @ApiPropertyOptional({ description: 'When the last of them was planned.' }) last?: Date;
}

export class DisclosureListView implements DisclosureList {
  @ApiProperty({ type: [DisclosureView], description: 'Newest first.' })
  disclosures: readonly Disclosure[];

  @ApiPropertyOptional({ type: String, description: '`before` of the next page.' })
  next: string | undefined;

  @ApiProperty({
    type: NotOnRecordView,
    description:
      'Exports of which nobody can say whom they held: of a release before this record, or longer ago than AUDIT_KEPT_DAYS.',
  })
  notOnRecord: DisclosureList['notOnRecord'];
}
