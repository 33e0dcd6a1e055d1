import { run as dockerfilelint } from 'dockerfilelint';

import { type Instruction, readDockerfile, readInstructions, type Stage } from './dockerfile';
import { faultsOfBases } from './pinned';

interface Rule {
  readonly keywords: readonly string[];
  readonly faulty: RegExp;
  readonly message: string;
}

/** What the library does not look at. */
const RULES: readonly Rule[] = [
  {
    keywords: ['ADD'],
    faulty: /./,
    message: 'COPY says what it does; ADD also unpacks and downloads.',
  },
  {
    keywords: ['COPY'],
    faulty: /^(--\S+\s+)*\.\/?\s/,
    message: 'Copy what is needed, not the whole context.',
  },
  {
    keywords: ['CMD', 'ENTRYPOINT'],
    faulty: /^[^[]/,
    message: 'Give a list: a shell in between swallows the signals.',
  },
  {
    keywords: ['ENV', 'ARG'],
    faulty: /password|secret|token|credential|_key\b/i,
    message: 'A secret in an image is readable by everybody who has the image.',
  },
  {
    keywords: ['RUN'],
    faulty: /\bnpm (install|i)\b/,
    message: '`npm ci` installs what the lock file says.',
  },
  {
    keywords: ['RUN'],
    faulty: /\b(curl|wget)\b.*\|\s*(ba)?sh\b/,
    message: 'What is piped into a shell was seen by nobody.',
  },
];

const NEEDED = ['HEALTHCHECK', 'CMD', 'WORKDIR', 'LABEL', 'EXPOSE'];

/** Faults of a Dockerfile, by the library and by rules of ours. `directory` may hold its settings. */
export function lintDockerfile(directory: string, source: string): readonly string[] {
  const found = dockerfilelint(directory, source).map(
    ({ line, title, description }) => `line ${line}: ${title}. ${description}`,
  );
  const image = readDockerfile(source).at(-1);
  return [
    ...found,
    ...readInstructions(source).flatMap(faultsOf),
    ...faultsOfBases(readDockerfile(source)),
    ...(image ? faultsOfImage(image) : ['there is no FROM']),
  ];
}

function faultsOf({ keyword, text, line }: Instruction): readonly string[] {
  return RULES.filter(
    ({ keywords, faulty }) => keywords.includes(keyword) && faulty.test(text),
  ).map(({ message }) => `line ${line}: ${message}`);
}

/** What the stage that becomes the image must say. */
function faultsOfImage({ name, instructions }: Stage): readonly string[] {
  const last = (keyword: string): string | undefined =>
    instructions.findLast((instruction) => instruction.keyword === keyword)?.text;
  const missing = NEEDED.filter((keyword) => last(keyword) === undefined);
  return [
    ...(/^(root|0)(:|$)/.test(last('USER') ?? 'root') ? [`stage ${name}: runs as root.`] : []),
    ...missing.map((keyword) => `stage ${name}: has no ${keyword}.`),
  ];
}
