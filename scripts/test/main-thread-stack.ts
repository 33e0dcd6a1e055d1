import { type Debugger, type Runtime, Session } from 'node:inspector';
import { SourceMap } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';

/** A main thread that answers at all does so at once; the machine may be busy. */
const PATIENCE_MILLISECONDS = 5000;

/**
 * What the main thread is at, asked from another thread.
 *
 * @returns its JavaScript stack, or what it waits for when it runs nothing; undefined when it does not
 *   answer, because it is in native code
 */
export async function mainThreadStack(): Promise<string | undefined> {
  const session = new Session();
  session.connectToMainThread();
  const maps = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, sourceMapURL } }) => {
    if (sourceMapURL) maps.set(scriptId, sourceMapURL);
  });
  const paused = new Promise<readonly Debugger.CallFrame[]>((resolve) => {
    session.once('Debugger.paused', ({ params }) => {
      resolve(params.callFrames);
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
  const frames = await orUndefined(paused);
  if (frames) return frames.map((frame) => lineOf(frame, maps)).join('\n');
  session.post('Debugger.disable');
  return await waitedFor(session);
}

async function waitedFor(session: Session): Promise<string | undefined> {
  const answer = new Promise<Runtime.EvaluateReturnType | undefined>((resolve) => {
    const question = { expression: 'process.getActiveResourcesInfo().join(", ")' };
    session.post('Runtime.evaluate', question, (_, result) => {
      resolve(result as Runtime.EvaluateReturnType | undefined);
    });
  });
  const resources = await orUndefined(answer);
  return (
    resources && `    runs nothing; it waits for: ${String(resources.result.value) || 'nothing'}`
  );
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  return await Promise.race([answer, delay(PATIENCE_MILLISECONDS, undefined)]);
}

function lineOf(
  { functionName, url, location }: Debugger.CallFrame,
  maps: ReadonlyMap<string, string>,
): string {
  const { scriptId, lineNumber, columnNumber = 0 } = location;
  const place = original(maps.get(scriptId), lineNumber, columnNumber);
  const name = functionName || '(anonymous)';
  return `    at ${name} (${place ?? `${url}:${lineNumber + 1}:${columnNumber + 1}`})`;
}

/** The place in the TypeScript, by the map that jest leaves in what it compiles. */
function original(
  url: string | undefined,
  lineNumber: number,
  columnNumber: number,
): string | undefined {
  const base64 = /^data:application\/json[^,]*;base64,(.*)$/s.exec(url ?? '')?.[1];
  if (base64 === undefined) return undefined;
  const json = Buffer.from(base64, 'base64').toString('utf8');
  const entry = new SourceMap(JSON.parse(json) as ConstructorParameters<typeof SourceMap>[0]);
  const found = entry.findEntry(lineNumber, columnNumber);
  // Node's own files and some packages have a map that leads nowhere.
  if (!('originalSource' in found) || !found.originalSource) return undefined;
  return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
}
