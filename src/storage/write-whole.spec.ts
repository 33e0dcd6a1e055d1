import fc from 'fast-check';

import { writeWhole } from './write-whole';

describe(writeWhole.name, () => {
  it('writes every byte once and in order to a file that takes a few at a time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 20 })),
        fc.integer({ min: 1, max: 30 }),
        async (pieces, most) => {
          const written: Buffer[] = [];
          const reluctant = {
            writev: (chunks: readonly Uint8Array[]) => {
              const taken = Buffer.concat(chunks).subarray(0, most);
              written.push(taken);
              return Promise.resolve({ bytesWritten: taken.length, buffers: [...chunks] });
            },
          };

          const bytes = await writeWhole(reluctant as Parameters<typeof writeWhole>[0], [
            ...pieces.map((piece) => Buffer.from(piece)),
          ]);

          expect(Buffer.concat(written)).toStrictEqual(Buffer.concat(pieces));
          expect(bytes).toBe(Buffer.concat(pieces).length);
        },
      ),
    );
  });
});
