type Row = readonly (string | number)[];

/** How every list is printed: a head, and columns of text to the left, of numbers to the right. */
export function table(head: readonly string[], rows: readonly Row[]): string {
  const lines = [head, ...rows.map((row) => row.map(String))];
  const columns = head.map((_, column) => ({
    width: Math.max(...lines.map((line) => line[column]?.length ?? 0)),
    isNumeric: rows.every((row) => typeof row[column] === 'number' || isNumber(row[column])),
  }));
  return lines
    .map((line) =>
      columns
        .map(({ width, isNumeric }, column) => {
          const cell = line[column] ?? '';
          return isNumeric ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function isNumber(cell: string | undefined): boolean {
  return cell === undefined || cell === '' || /^\d+(\.\d+)?$/.test(cell);
}
