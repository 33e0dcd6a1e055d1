import type { CommandModule } from 'yargs';

/** Prints a value for TOKEN_SIGNING_KEYS; the only output is the secret, for a secret store. */
export const keysCommand: CommandModule = {
  command: 'keys',
  describe: 'Make a signing key and print it as a value for TOKEN_SIGNING_KEYS',
  handler: async () => {
    const { embeddedSigningKeys } = await import('../config/index.js');
    console.log(embeddedSigningKeys());
  },
};
