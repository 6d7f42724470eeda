import { randomLife } from "./_random_life.ts";

for (const seed of [1, 2, 3, 4]) {
  Deno.test(`payments under the faults of seed ${seed} pay everybody once`, async () => {
    await randomLife(seed, 120);
  });
}
