/**
 * Inputs made from inputs: single bytes and bits, numbers at their edges, pieces left out, repeated,
 * moved, words of the language, parts of another input.
 *
 * @module
 */
import type { SeededChoices } from "../support/seeded_choices.ts";

/** Bytes at the edges of what length fields and characters mean. */
const EDGE_BYTES = [0, 1, 0x7f, 0x80, 0xfc, 0xfd, 0xfe, 0xff, 0x0a, 0x22, 0x30, 0x5b, 0x7b];

/** Changes of one input at the most. */
const CHANGES_MAX = 6;

/** What an input is changed by. */
export interface Material {
  readonly words: readonly Uint8Array[];
  readonly lengthMax: number;
  /** Another input of the corpus. */
  other(): Uint8Array;
}

/** An input that differs from `input` in a few places, at most `lengthMax` bytes long. */
export function mutate(
  input: Uint8Array,
  choices: SeededChoices,
  material: Material,
): Uint8Array {
  let changed = input;
  const count = 1 + choices.below(CHANGES_MAX);
  for (let n = 0; n < count; n++) changed = change(changed, choices, material);
  return changed.length > material.lengthMax ? changed.slice(0, material.lengthMax) : changed;
}

function change(input: Uint8Array, choices: SeededChoices, material: Material): Uint8Array {
  if (input.length === 0) return choices.bytes(1 + choices.below(8));
  const at = choices.below(input.length);
  switch (choices.below(10)) {
    case 0:
      return withByte(input, at, (input[at] as number) ^ (1 << choices.below(8)));
    case 1:
      return withByte(input, at, choices.of(EDGE_BYTES));
    case 2:
      return withByte(input, at, (input[at] as number) + choices.of([-1, 1]));
    case 3:
      return splice(input, at, pieceLength(input, at, choices), new Uint8Array(0));
    case 4: {
      const from = choices.below(input.length);
      const piece = input.slice(from, from + pieceLength(input, from, choices));
      return splice(input, at, 0, piece);
    }
    case 5:
      return splice(input, at, 0, choices.bytes(1 + choices.below(4)));
    case 6:
      return input.slice(0, at);
    case 7: {
      const other = material.other();
      const from = choices.below(other.length + 1);
      return splice(input, at, input.length - at, other.slice(from));
    }
    case 8:
      return edgeNumber(input, at, choices);
    default: {
      const word = material.words.length === 0 ? choices.bytes(2) : choices.of(material.words);
      return splice(input, at, choices.of([0, word.length]), word);
    }
  }
}

function withByte(input: Uint8Array, at: number, byte: number): Uint8Array {
  const changed = input.slice();
  changed[at] = byte;
  return changed;
}

/** Short pieces are the more frequent ones. */
function pieceLength(input: Uint8Array, at: number, choices: SeededChoices): number {
  const most = choices.of([1, 2, 4, 8, 32, 128, input.length]);
  return 1 + choices.below(Math.min(most, input.length - at));
}

/** A little-endian number of 2, 4 or 8 bytes at an edge of its range. */
function edgeNumber(input: Uint8Array, at: number, choices: SeededChoices): Uint8Array {
  const size = choices.of([2, 4, 8]);
  const value = choices.of([0n, 1n, -1n, 1n << 31n, (1n << 31n) - 1n, 1n << 63n, 0x1fffffn]);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return splice(input, at, size, bytes.subarray(0, size));
}

function splice(input: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const end = Math.min(input.length, at + removed);
  const changed = new Uint8Array(input.length - (end - at) + added.length);
  changed.set(input.subarray(0, at));
  changed.set(added, at);
  changed.set(input.subarray(end), at + added.length);
  return changed;
}
