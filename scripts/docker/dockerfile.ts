/** One instruction of a Dockerfile, continuation lines joined. */
export interface Instruction {
  readonly keyword: string;
  readonly text: string;
  /** Where it begins, counted from 1. */
  readonly line: number;
}

/** What a FROM begins. */
export interface Stage {
  readonly name: string;
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

/**
 * Reads the part of the Dockerfile language that ours uses: no heredocs, no parser directives.
 *
 * @throws when there is an instruction before the first FROM
 */
export function readDockerfile(source: string): readonly Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const instruction of readInstructions(source)) {
    if (instruction.keyword === 'FROM') {
      const [image = '', , name] = instruction.text.split(/\s+/);
      stages.push({ image, name: name ?? String(stages.length), instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (!stage)
      throw new Error(`Dockerfile:${instruction.line}: ${instruction.keyword} before FROM`);
    stage.instructions.push(instruction);
  }
  return stages;
}

/** Every instruction, FROM included. */
export function readInstructions(source: string): readonly Instruction[] {
  const instructions: Instruction[] = [];
  let begun: { text: string; line: number } | undefined;
  source.split('\n').forEach((raw, index) => {
    const text = raw.trim();
    if (text === '' || text.startsWith('#')) return;
    begun = begun ? { ...begun, text: `${begun.text} ${text}` } : { text, line: index + 1 };
    if (begun.text.endsWith('\\')) {
      begun.text = begun.text.slice(0, -1).trimEnd();
      return;
    }
    const [keyword = ''] = begun.text.split(/\s+/);
    const rest = begun.text.slice(keyword.length).trim();
    instructions.push({ keyword: keyword.toUpperCase(), text: rest, line: begun.line });
    begun = undefined;
  });
  return instructions;
}

/** COPY [--from=stage] [--chown=owner] source… destination */
export function readCopy(text: string): { from?: string; sources: string[]; destination: string } {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  const destination = paths.pop() ?? '';
  return { ...(from !== undefined && { from }), sources: paths, destination };
}
