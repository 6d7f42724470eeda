/**
 * Inputs that are kept between runs, a file for each target and a line of base64 for each input.
 *
 * @module
 */
const FOLDER = new URL("./corpus/", import.meta.url);

/** Inputs of one file; longer ones are made again from the seeds. */
const KEPT_MAX = 60;
const KEPT_LENGTH_MAX = 1_024;

/** What was kept of a target; nothing where there is no file. */
export function readCorpus(target: string): Uint8Array<ArrayBuffer>[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(new URL(`${target}.txt`, FOLDER));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").filter((line) => line !== "").map((line) => Uint8Array.fromBase64(line));
}

/** Keeps the shortest inputs of a run, each once. */
export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  Deno.mkdirSync(FOLDER, { recursive: true });
  const lines = new Set(
    inputs.filter(({ length }) => length <= KEPT_LENGTH_MAX)
      .toSorted((a, b) => a.length - b.length).map((input) => new Uint8Array(input).toBase64()),
  );
  const text = [...lines].slice(0, KEPT_MAX).map((line) => `${line}\n`).join("");
  Deno.writeTextFileSync(new URL(`${target}.txt`, FOLDER), text);
}
