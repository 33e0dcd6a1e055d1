/**
 * Which paths of the build context a .dockerignore lets through: the last pattern that matches a path,
 * or one of its parents, decides, and `!` in front of it lets the path in again.
 */
export function readDockerignore(source: string): (path: string) => boolean {
  const patterns = source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({
      letsIn: line.startsWith('!'),
      expression: toExpression(line.replace(/^!/, '').replace(/^\/|\/$/g, '')),
    }));
  return (path) => patterns.findLast(({ expression }) => expression.test(path))?.letsIn ?? true;
}

/** Knows `*`, and `**` before a slash: what people write there. */
function toExpression(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*\/|\*)/).map((part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '*') return '[^/]*';
    return part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('')}(?:/|$)`);
}
