import { FhirError, type FhirErrorOptions } from '../../common';

/** A fault of one entry: named by its number and by its FHIRPath, never by what it holds. */
export function entryFault(
  number: number,
  diagnostics: string,
  { element, ...options }: Omit<FhirErrorOptions, 'expression'> & { readonly element?: string },
): FhirError {
  const place = `Bundle.entry[${number - 1}]`;
  return new FhirError(`Entry ${number}: ${diagnostics}`, {
    ...options,
    expression: [element === undefined ? place : `${place}.${element}`],
  });
}

/** The fault of an entry that was found by what reads single resources too. */
export function asEntryFault(number: number, error: unknown): unknown {
  if (!(error instanceof FhirError)) return error;
  const { message, status, code, cause, expression: [element] = [] } = error;
  const isElement = element?.startsWith('request.') === true;
  return entryFault(number, message, { status, code, cause, ...(isElement && { element }) });
}
