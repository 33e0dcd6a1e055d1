import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

import { RESOURCE_TYPES } from '@app/fhir';

import { type ExportSummary, JOB_STATES, type ShownExport } from '../export-jobs';

const OF_TYPES = { type: 'object', additionalProperties: { type: 'integer' } } as const;
const BYTES = 'Of the NDJSON, in bytes.';

/** An export in a list. */
export class ExportSummaryView implements ExportSummary {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ description: 'Client id of its app.', example: 'my-app' }) app: string;
  @ApiProperty({ enum: ['group', 'patient', 'system'] }) level: ExportSummary['level'];
  @ApiPropertyOptional({ type: String, example: 'INF-101' }) group: string | undefined;
  @ApiProperty({ enum: JOB_STATES }) state: ExportSummary['state'];
  @ApiProperty({ description: 'An operator keeps its work from being given out.' }) held: boolean;
  @ApiProperty({ type: 'integer', description: 'In percent.' }) progress: number;
  @ApiProperty() createdAt: Date;
  @ApiPropertyOptional({ type: Date }) plannedAt: Date | undefined;
  @ApiPropertyOptional({ type: Date }) finishedAt: Date | undefined;
  @ApiPropertyOptional({ type: Date, description: 'When its files go.' })
  expiresAt: Date | undefined;
}

export class ExportListView {
  @ApiProperty({ type: [ExportSummaryView], description: 'Newest first.' })
  exports: readonly ExportSummary[];

  @ApiPropertyOptional({
    type: String,
    description: '`before` of the next page; left out on the last.',
  })
  next: string | undefined;
}

class ParametersView {
  @ApiProperty({ enum: RESOURCE_TYPES, isArray: true }) types: readonly string[];
  @ApiProperty({ enum: RESOURCE_TYPES, isArray: true }) provenanceOf: readonly string[];
  @ApiPropertyOptional({ format: 'date-time' }) since?: string;
  @ApiPropertyOptional({ format: 'date-time' }) until?: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true }) elements?: object;
  @ApiPropertyOptional({ enum: ['relevant', 'latest'] }) provenance?: string;
  @ApiPropertyOptional({ type: 'integer', description: 'How many patients were named; never who.' })
  patients?: number;
  @ApiPropertyOptional({ ...OF_TYPES, description: 'How many searches there are of each type.' })
  typeFilters?: object;
  @ApiPropertyOptional({ ...OF_TYPES, description: 'As typeFilters, from the scopes.' })
  scopeFilters?: object;
  @ApiPropertyOptional() organizeBy?: string;
  @ApiProperty() partialManifests: boolean;
  @ApiProperty({ type: 'integer', description: 'How many parameters were ignored.' })
  ignored: number;
}

class FailureView {
  @ApiProperty({ example: 'processing' }) code: string;
  @ApiPropertyOptional() diagnostics?: string;
}

class PartView {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ enum: ['resources', 'deleted', 'blocks'] }) kind: string;
  @ApiProperty({ example: 'Observation' }) type: string;
  @ApiProperty({ type: 'integer', description: 'First of its buckets of patients.' })
  slotFrom: number;
  @ApiProperty({ type: 'integer' }) slotTo: number;
  @ApiProperty({ enum: ['pending', 'running', 'completed', 'failed'] }) state: string;
  @ApiProperty({ type: 'integer' }) attempts: number;
  @ApiPropertyOptional({ description: 'Host and process that had it last.', example: 'worker-1:7' })
  worker?: string;
  @ApiProperty({ type: 'integer', description: BYTES }) estimatedBytes: number;
  @ApiProperty({ type: 'integer', description: BYTES }) writtenBytes: number;
  @ApiPropertyOptional({ type: 'integer' }) resources?: number;
  @ApiPropertyOptional({ description: 'Of the attempt that runs, or ran last.' }) startedAt?: Date;
  @ApiPropertyOptional() finishedAt?: Date;
  @ApiPropertyOptional({ type: 'integer', description: 'How long its statement has run.' })
  querySeconds?: number;
  @ApiPropertyOptional({
    description: 'What an open part waits for, or does.',
    example: 'waiting for a slot of a worker',
  })
  reason?: string;
  @ApiPropertyOptional({ description: 'Name and code of what ended an attempt.' })
  lastError?: string;
  @ApiPropertyOptional({ type: FailureView }) failure?: FailureView;
}

class FileView {
  @ApiProperty({ enum: ['output', 'deleted', 'error'] }) section: string;
  @ApiProperty({ example: 'Patient' }) type: string;
  @ApiProperty({ example: 'Patient.1.ndjson' }) name: string;
  @ApiProperty({ type: 'integer' }) resources: number;
  @ApiProperty({ type: 'integer', description: BYTES }) bytes: number;
  @ApiProperty({ type: 'integer', description: 'As it lies in the storage.' }) storedBytes: number;
  @ApiProperty({ type: 'integer' }) downloads: number;
}

class WrittenView {
  @ApiProperty({ type: 'integer' }) files: number;
  @ApiProperty({ type: 'integer' }) resources: number;
  @ApiProperty({ type: 'integer', description: BYTES }) bytes: number;
  @ApiProperty({ type: 'integer' }) storedBytes: number;
}

class DownloadsView {
  @ApiProperty({
    type: 'integer',
    description: 'Of all files; URLs that a storage signs are not counted.',
  })
  count: number;
  @ApiPropertyOptional() last?: Date;
}

/** An export with its parts and files. */
export class ExportView extends ExportSummaryView {
  @ApiPropertyOptional({ type: String, description: 'Of the kick-off, as the log has it.' })
  requestId: string | undefined;
  @ApiProperty({ type: ParametersView }) parameters: ShownExport['parameters'];
  @ApiPropertyOptional({ type: Date }) transactionTime: Date | undefined;
  @ApiProperty({ type: 'integer', description: 'Of planning.' }) attempts: number;
  @ApiProperty({ type: 'integer', description: 'How often failed parts were done again.' })
  retries: number;
  @ApiPropertyOptional({ type: String, description: 'What it waits for.' })
  reason: string | undefined;
  @ApiPropertyOptional({ type: FailureView }) failure: ShownExport['failure'];
  @ApiProperty({ ...OF_TYPES, description: 'How many parts are in each state.' })
  partStates: ShownExport['partStates'];
  @ApiProperty({ type: WrittenView }) written: ShownExport['written'];
  @ApiProperty({ type: DownloadsView }) downloads: ShownExport['downloads'];
  @ApiProperty({
    type: [PartView],
    description:
      'A thousand at most: first those that have failed, then what runs, then what waits.',
  })
  parts: ShownExport['parts'];
  @ApiProperty({ type: [FileView], description: 'A thousand at most.' })
  files: ShownExport['files'];
}
