import type { FileRecord, FileSection } from './persistence/file.entity';

export function statusUrl(fhirBase: string, jobId: string): string {
  return `${fhirBase}/bulk-status/${jobId}`;
}

/** Of a further page of the manifest. */
export function pageUrl(fhirBase: string, jobId: string, page: number): string {
  return `${statusUrl(fhirBase, jobId)}/${page}`;
}

/** The reverse: undefined for what is no number of a page. */
export function parsePage(text: string): number | undefined {
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined;
}

export function fileUrl(
  fhirBase: string,
  jobId: string,
  file: Pick<FileRecord, 'section' | 'type' | 'ordinal'>,
): string {
  return `${fhirBase}/bulk-files/${jobId}/${fileName(file)}`;
}

/** `Patient.1.ndjson`, or `error.1.ndjson` for the files of other sections. */
export function fileName({
  section,
  type,
  ordinal,
}: Pick<FileRecord, 'section' | 'type' | 'ordinal'>): string {
  return `${section === 'output' ? type : section}.${ordinal}.ndjson`;
}

export interface ParsedFileName {
  readonly section: FileSection;
  /** Resource type of an output file. */
  readonly type: string;
  readonly ordinal: number;
}

const FILE_NAME = /^([A-Za-z]{1,64})\.([1-9][0-9]{0,8})\.ndjson$/;

/** The reverse of `fileName`; undefined for what it cannot have made. */
export function parseFileName(name: string): ParsedFileName | undefined {
  const [, stem, ordinal] = FILE_NAME.exec(name) ?? [];
  if (stem === undefined) return undefined;
  if (stem === 'error')
    return { section: 'error', type: 'OperationOutcome', ordinal: Number(ordinal) };
  if (stem === 'deleted') return { section: 'deleted', type: 'Bundle', ordinal: Number(ordinal) };
  return { section: 'output', type: stem, ordinal: Number(ordinal) };
}

/** True for what a job id can look like; anything else is answered like an unknown job. */
export function isJobId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
