import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const FRAMES = 40;

/** The native stack of a process's main thread by gdb; where there is none, what the kernel says of it. */
export function nativeStack(pid: number): string {
  return `    is in native code:\n${byDebugger(pid) ?? byKernel(pid)}`;
}

function byDebugger(pid: number): string | undefined {
  // Into a file: gdb stops every thread of ours, and nobody would empty a pipe.
  const file = path.join(os.tmpdir(), `stack-of-${pid}.txt`);
  const output = fs.openSync(file, 'w');
  const gdb = ['-p', String(pid), '-batch', '-nx', '-iex', 'set debuginfod enabled off'];
  try {
    spawnSync('gdb', [...gdb, '-ex', 'thread 1', '-ex', `backtrace ${FRAMES}`], {
      stdio: ['ignore', output, 'ignore'],
      timeout: 60_000,
    });
    const frames = fs.readFileSync(file, 'utf8').match(/^#\d+ .*$/gm);
    // gdb does not know the names of what V8 has compiled.
    const named = new Set(frames?.filter((frame) => !frame.includes(' in ?? ()')));
    return frames ? [...named].map((frame) => `    ${frame}`).join('\n') : undefined;
  } finally {
    fs.closeSync(output);
    fs.rmSync(file, { force: true });
  }
}

function byKernel(pid: number): string {
  const says = (name: string): string => {
    try {
      return fs.readFileSync(`/proc/${pid}/task/${pid}/${name}`, 'utf8').trim();
    } catch {
      return 'not told';
    }
  };
  return `    (no stack: gdb is not there, or may not) waits in ${says('wchan')}, system call ${says('syscall')}`;
}
