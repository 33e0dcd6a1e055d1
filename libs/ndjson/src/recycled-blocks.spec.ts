import { RecycledBlocks } from './recycled-blocks';

/** Fills blocks until none is left, holding all. */
function exhaust(blocks: RecycledBlocks): (() => void)[] {
  const releases = [];
  while (!blocks.exhausted) {
    releases.push(blocks.hold());
    blocks.fill(blocks.room.length);
  }
  return releases;
}

describe(RecycledBlocks.name, () => {
  it('gives the room behind what is in use', () => {
    const blocks = new RecycledBlocks();
    const first = blocks.room;
    blocks.hold();

    blocks.fill(100);

    expect(blocks.room.buffer).toBe(first.buffer);
    expect(blocks.room.byteOffset).toBe(first.byteOffset + 100);
  });

  it('uses no more memory than it says, and no block that somebody holds', () => {
    const blocks = new RecycledBlocks();
    const held = new Set<ArrayBufferLike>();

    while (!blocks.exhausted) {
      expect(held).not.toContain(blocks.room.buffer);
      held.add(blocks.room.buffer);
      blocks.hold();
      blocks.fill(blocks.room.length);
    }

    expect([...held].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(
      4 * 1024 * 1024,
    );
    expect(held).not.toContain(blocks.room.buffer);
  });

  it('says when there is memory again, and then uses what was released', () => {
    const blocks = new RecycledBlocks();
    const releases = exhaust(blocks);
    let calls = 0;
    blocks.available(() => calls++);

    releases[3]?.();
    releases[3]?.();
    releases[4]?.();

    expect(calls).toBe(1);
    expect(blocks.exhausted).toBe(false);
  });

  it('stays exhausted when somebody reads on nevertheless', () => {
    const blocks = new RecycledBlocks();
    exhaust(blocks);
    blocks.hold();

    blocks.fill(blocks.room.length);

    expect(blocks.exhausted).toBe(true);
  });

  it('keeps a block until the last of its holders has released it', () => {
    const blocks = new RecycledBlocks();
    const [first, second] = [blocks.hold(), blocks.hold()];
    blocks.fill(blocks.room.length);
    exhaust(blocks);

    first();
    expect(blocks.exhausted).toBe(true);

    second();
    expect(blocks.exhausted).toBe(false);
  });
});
