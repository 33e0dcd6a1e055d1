import { invalidParameter } from '../../common';

/** A name and a value, as they stand in a query or a form, decoded. */
export type QueryParameter = readonly [name: string, value: string];

/** All values of a name, in their order. */
export function valuesOf(parameters: readonly QueryParameter[], name: string): readonly string[] {
  return parameters.filter(([other]) => other === name).map(([, value]) => value);
}

/** The value of a name, if there is one. @throws FhirError 400 when there are several */
export function single(parameters: readonly QueryParameter[], name: string): string | undefined {
  const [value, ...others] = valuesOf(parameters, name);
  if (others.length > 0) throw invalidParameter(name, `${name} may be given once.`);
  return value;
}
