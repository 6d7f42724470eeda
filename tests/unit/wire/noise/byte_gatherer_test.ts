import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "../../../../src/base/mod.ts";
import { ByteGatherer } from "../../../../src/wire/noise/_byte_gatherer.ts";

Deno.test("what is taken is the stream in order, whatever the pieces and the lengths", () => {
  const piece = fc.uint8Array({ maxLength: 40 });
  const wanted = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), wanted, (pieces, lengths) => {
      const gatherer = new ByteGatherer();
      const taken: Uint8Array[] = [];
      let turn = 0;
      let fed = 0;
      let used = 0;
      for (const each of pieces) {
        const chunk = each.slice();
        gatherer.feed(chunk);
        fed += chunk.length;
        for (;;) {
          const length = lengths[turn % lengths.length] ?? 1;
          const bytes = gatherer.take(length);
          assert.equal(bytes === undefined, fed - used < length);
          if (bytes === undefined) break;
          taken.push(bytes.slice());
          used += length;
          turn++;
        }
        gatherer.keep();
        chunk.fill(0xcc);
        assert.equal(gatherer.size, fed - used);
      }
      assert.deepEqual(concatBytes(...taken), concatBytes(...pieces).slice(0, used));
    }),
  );
});
