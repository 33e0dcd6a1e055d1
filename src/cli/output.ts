/** Whether a command prints for programs. */
export interface OutputOptions {
  readonly json: boolean;
}

export const JSON_OPTION = {
  type: 'boolean',
  default: false,
  describe: 'Print JSON for programs',
} as const;

/** Prints what a command found or did: as JSON, or as text for people. */
export function print({ json }: OutputOptions, value: unknown, text: () => string): void {
  console.log(json ? JSON.stringify(value, null, 2) : text());
}
