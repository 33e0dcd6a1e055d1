import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

import { GzipFiles, type MemberPiece } from './gzip-files';
import type { ByteSink } from './ndjson-files';

const NO_LIMITS = { maxBytes: Infinity, maxLines: Infinity };

/** Files in memory. */
class Shelf {
  readonly published: Buffer[] = [];
  aborted = 0;

  readonly create = (): Promise<ByteSink> => {
    const chunks: Buffer[] = [];
    return Promise.resolve({
      write: (more) => {
        chunks.push(...more.map((chunk) => Buffer.from(chunk)));
        return Promise.resolve();
      },
      publish: () => {
        this.published.push(Buffer.concat(chunks));
        return Promise.resolve();
      },
      abort: () => {
        this.aborted++;
        return Promise.resolve();
      },
    });
  };

  texts(): readonly string[] {
    return this.published.map((file) => gunzipSync(file).toString());
  }
}

function member(text: string): { readonly data: Buffer; readonly piece: MemberPiece } {
  const data = gzipSync(text);
  const lines = text.split('\n').length - 1;
  return { data, piece: { length: data.length, lines, bytes: text.length } };
}

/** What a reader of lines gives for these members: each with a line feed behind it. */
function asLines(members: readonly { readonly data: Buffer }[]): Buffer {
  return Buffer.concat(members.flatMap(({ data }) => [data, Buffer.from('\n')]));
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe(GzipFiles.name, () => {
  it('copies members as they are and appends lines, as one gzip file', async () => {
    const shelf = new Shelf();
    const files = new GzipFiles(shelf.create, NO_LIMITS);
    const members = [member('a\nb\n'), member('c\n')];

    void files.members(members.map(({ piece }) => piece)).write(asLines(members), 2);
    void files.lines().write(Buffer.from('d\n'), 1);
    const [file] = await files.finish();

    expect(shelf.texts()).toStrictEqual(['a\nb\nc\nd\n']);
    expect(shelf.published[0]?.subarray(0, members[0]?.data.length)).toStrictEqual(
      members[0]?.data,
    );
    expect(file).toMatchObject({ index: 0, lines: 4, bytes: 8, sha256: undefined });
    expect(file?.storedBytes).toBe(shelf.published[0]?.length);
    expect(file?.storedSha256.toString('hex')).toBe(sha256(shelf.published[0] ?? ''));
  });

  it.each([1, 2, 3, 7, 64])(
    'takes members that come in chunks of %d bytes, whatever bytes they hold',
    async (size) => {
      const shelf = new Shelf();
      const files = new GzipFiles(shelf.create, NO_LIMITS);
      const members = ['\n\n\n', 'x\n', `${'y'.repeat(300)}\n`].map(member);
      const bytes = asLines(members);

      const writer = files.members(members.map(({ piece }) => piece));
      for (let at = 0; at < bytes.length; at += size) {
        await writer.write(bytes.subarray(at, at + size), 0);
      }
      await files.finish();

      expect(shelf.texts()).toStrictEqual([`\n\n\nx\n${'y'.repeat(300)}\n`]);
    },
  );

  it('tells the hash of the NDJSON where no member was copied', async () => {
    const shelf = new Shelf();
    const files = new GzipFiles(shelf.create, NO_LIMITS);

    void files.lines().write(Buffer.from('d\n'), 1);
    const [file] = await files.finish();

    expect(file?.sha256?.toString('hex')).toBe(sha256('d\n'));
  });

  it('rolls files between members and between lines (FO-02)', async () => {
    const shelf = new Shelf();
    const files = new GzipFiles(shelf.create, { maxBytes: 1000, maxLines: 3 });
    const members = [member('a\nb\n'), member('c\nd\n'), member('e\n')];

    void files.members(members.map(({ piece }) => piece)).write(asLines(members), 3);
    const lines = files.lines();
    for (const line of ['f\n', 'g\n', 'h\n', 'i\n']) {
      lines.cut();
      void lines.write(Buffer.from(line), 1);
    }
    const finished = await files.finish();

    expect(shelf.texts()).toStrictEqual(['a\nb\n', 'c\nd\ne\n', 'f\ng\nh\n', 'i\n']);
    expect(finished.map(({ lines: count }) => count)).toStrictEqual([2, 3, 3, 1]);
    expect(finished.map(({ sha256: hash }) => hash !== undefined)).toStrictEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('leaves no file when nothing came (MF-13)', async () => {
    const shelf = new Shelf();
    const files = new GzipFiles(shelf.create, NO_LIMITS);
    files.lines();

    await expect(files.finish()).resolves.toStrictEqual([]);
    expect(shelf.published).toStrictEqual([]);
  });

  it('reports a file that could not be written, and gives it up', async () => {
    const shelf = new Shelf();
    const files = new GzipFiles(async () => {
      const sink = await shelf.create();
      return { ...sink, publish: () => Promise.reject(new Error('full')) };
    }, NO_LIMITS);
    void files.lines().write(Buffer.from('d\n'), 1);

    await expect(files.finish()).rejects.toThrow('full');
    await files.abort();

    expect(shelf.published).toStrictEqual([]);
  });

  it('gives memory back once, when its bytes are stored, not before', async () => {
    const shelf = new Shelf();
    const files = new GzipFiles(shelf.create, NO_LIMITS);
    const members = [member('a\nb\n'), member('c\n')];
    const bytes = asLines(members);
    const line = Buffer.from('d\n');
    const released = [bytes, line].map((memory) => jest.fn(() => memory.fill(0)));

    void files.members(members.map(({ piece }) => piece)).write(bytes, 2, released[0]);
    void files.lines().write(line, 1, released[1]);
    await files.finish();

    expect(shelf.texts()).toStrictEqual(['a\nb\nc\nd\n']);
    for (const release of released) expect(release).toHaveBeenCalledTimes(1);
  });

  it('gives memory back once when nothing can be stored any more', async () => {
    const files = new GzipFiles(() => Promise.reject(new Error('full')), {
      maxBytes: 1,
      maxLines: Infinity,
    });
    const members = Array.from({ length: 3 }, () => member('a\n'));
    const writer = files.members(members.map(({ piece }) => piece));
    const released = Array.from({ length: 4 }, () => jest.fn());

    for (const [at, one] of members.entries()) {
      writer.write(asLines([one]), 1, released[at])?.catch(() => undefined);
    }
    files
      .lines()
      .write(Buffer.from('d\n'), 1, released[3])
      ?.catch(() => undefined);
    await expect(files.finish()).rejects.toThrow('full');
    await files.abort();

    for (const release of released) expect(release).toHaveBeenCalledTimes(1);
  });

  it('asks the reader to wait while much is to be compressed', async () => {
    const shelf = new Shelf();
    const files = new GzipFiles(shelf.create, NO_LIMITS);
    const lines = files.lines();
    const chunk = Buffer.alloc(1 << 20, 'x');

    const waits = [1, 2, 3].map(() => lines.write(chunk, 0));
    await files.finish();

    expect(waits.map((wait) => wait !== undefined)).toStrictEqual([false, false, true]);
    expect(shelf.texts()[0]).toHaveLength(3 << 20);
  });

  it('tells its writer, and nobody else, of a disk that fails while several writes wait for it', async () => {
    let fail = (): void => undefined;
    const failing = new Promise<void>((_resolve, reject) => {
      fail = () => {
        reject(new Error('The disk is full.'));
      };
    });
    failing.catch(() => undefined);
    const create = (): Promise<ByteSink> =>
      Promise.resolve({
        write: () => failing,
        publish: () => Promise.resolve(),
        abort: () => Promise.resolve(),
      });
    const unexpected: unknown[] = [];
    const listen = (error: unknown): void => void unexpected.push(error);
    process.on('unhandledRejection', listen);
    const files = new GzipFiles(create, NO_LIMITS);

    // What cannot be compressed comes out as long as it goes in: many chunks of one write.
    const written = files.lines().write(randomBytes(16 << 20), 1);
    setTimeout(fail, 500);

    await expect(written).rejects.toThrow('The disk is full.');
    await files.abort();
    await new Promise(setImmediate);
    process.off('unhandledRejection', listen);
    expect(unexpected).toStrictEqual([]);
  });
});
