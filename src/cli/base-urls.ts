/**
 * Checks `--base` and takes trailing slashes away.
 *
 * @throws Error naming the value that is no absolute http or https URL, or holds more than a path
 */
export function baseUrls(given: readonly string[]): readonly string[] {
  return given.map((base) => {
    if (!/^https?:\/\/[^?#\s]+$/.test(base) || !URL.canParse(base)) {
      throw new Error(
        `--base: ${JSON.stringify(base)} is no base URL. Give one like https://ehr.example.org/fhir.`,
      );
    }
    return base.replace(/\/+$/, '');
  });
}
