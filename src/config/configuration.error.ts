/** Exit code of sysexits.h for a faulty configuration: restarting will not help. */
const EX_CONFIG = 78;

/** The environment does not describe a service that can start; `faults` names every fault. */
export class ConfigurationError extends Error {
  readonly exitCode = EX_CONFIG;

  constructor(readonly faults: readonly string[]) {
    const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    const lines = faults.map((fault) => `  ${fault}`).join('\n');
    super(`The configuration has ${count}:\n${lines}\n.env.example describes every setting.`);
    this.name = 'ConfigurationError';
  }
}
