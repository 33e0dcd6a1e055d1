import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** What became of the resources of one type. */
export class TypeCountsView {
  @ApiProperty({ example: 120 })
  readonly read: number;

  @ApiProperty({ example: 20 })
  readonly new: number;

  @ApiProperty({ example: 60 })
  readonly changed: number;

  @ApiProperty({ example: 39 })
  readonly unchanged: number;

  @ApiProperty({ example: 0, description: 'Older versions, which have joined the history.' })
  readonly history: number;

  @ApiProperty({ example: 0, description: 'Lines that a later one of the batch has replaced.' })
  readonly repeated: number;

  @ApiProperty({ example: 1 })
  readonly rejected: number;
}

const COUNTS = {
  type: 'object',
  additionalProperties: { $ref: '#/components/schemas/TypeCountsView' },
  description: 'By resource type.',
} as const;

/** A batch that was taken in. */
@ApiExtraModels(TypeCountsView)
export class BatchView {
  @ApiProperty({ example: 'ehr' })
  readonly feed: string;

  @ApiProperty({ type: 'integer', format: 'int64', example: 42 })
  readonly sequence: number;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'The watermark of the feed with this batch.',
  })
  readonly upTo?: string;

  @ApiProperty(COUNTS)
  readonly types: Readonly<Record<string, TypeCountsView>>;

  @ApiProperty({ description: 'Stored resources that were deleted.', example: 3 })
  readonly deleted: number;

  @ApiProperty({ description: 'Lines that were not taken in.', example: 1 })
  readonly rejected: number;
}

/** How far a feed has come. */
export class FeedView {
  @ApiProperty({ example: 'ehr' })
  readonly feed: string;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'Its last batch.', example: 42 })
  readonly position: number;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'The batch to send.', example: 43 })
  readonly next: number;

  @ApiPropertyOptional({
    format: 'date-time',
    description: "The EHR's instant up to which its record is contained.",
  })
  readonly upTo?: string;

  @ApiPropertyOptional({ description: 'Seconds from that instant to now.', example: 12 })
  readonly lagSeconds?: number;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly lastBatchAt?: string;

  @ApiProperty({ description: 'Rejected lines of the batches on record.', example: 1 })
  readonly rejected: number;
}

/** A line of a batch that was not taken in. */
export class RejectedLineView {
  @ApiProperty({ example: 17 })
  readonly line: number;

  @ApiProperty({ example: 'id is not a FHIR id' })
  readonly reason: string;

  @ApiPropertyOptional({ example: 'Observation' })
  readonly reference?: string;
}

/** Rejected lines of a batch, a page of them. */
export class RejectedLinesView {
  @ApiProperty({ type: [RejectedLineView] })
  readonly lines: readonly RejectedLineView[];

  @ApiPropertyOptional({ format: 'uri', description: 'Where the next page is.' })
  readonly next?: string;
}
