/**
 * Repetition in SV2: SEQ0_255, SEQ0_64K and OPTION (SEQ0_1).
 *
 * @module
 */
import { sampleLength } from "./byte_strings.ts";
import type { WireReader } from "./wire_reader.ts";
import { WireFault } from "./wire_fault.ts";
import type { WireType } from "./wire_type.ts";
import type { WireWriter } from "./wire_writer.ts";

// Of a long list the first elements are shown, with the count.
const SHOWN_ELEMENTS = 8;

interface CountPrefix {
  readonly size: 1 | 2;
  readonly most: number;
  readonly write: (writer: WireWriter, count: number) => void;
  readonly read: (reader: WireReader) => number;
}

function readElements<T>(reader: WireReader, element: WireType<T>, count: number): T[] {
  // Before anything is allocated: can that many elements be in what is left?
  if (count * element.minLength > reader.left) {
    throw new WireFault(
      `${count} elements need ${count * element.minLength} bytes, ${reader.left} left`,
    );
  }
  const values: T[] = [];
  for (let i = 0; i < count; i++) {
    try {
      values.push(element.read(reader));
    } catch (fault) {
      if (fault instanceof WireFault) throw new WireFault(fault.message, `[${i}]${fault.within}`);
      throw fault;
    }
  }
  return values;
}

function sequence<T>(
  name: string,
  element: WireType<T>,
  prefix: CountPrefix,
): WireType<readonly T[]> {
  return {
    name: `${name}[${element.name}]`,
    minLength: prefix.size,
    maxLength: prefix.size + prefix.most * element.maxLength,
    measure(values) {
      if (values.length > prefix.most) {
        throw new RangeError(`${values.length} elements, at most ${prefix.most}`);
      }
      let length = prefix.size;
      for (const value of values) length += element.measure(value);
      return length;
    },
    write(writer, values) {
      prefix.write(writer, values.length);
      for (const value of values) element.write(writer, value);
    },
    read: (reader) => readElements(reader, element, prefix.read(reader)),
    describe(values) {
      const shown = values.slice(0, SHOWN_ELEMENTS).map((value) => String(element.describe(value)));
      const more = values.length > SHOWN_ELEMENTS ? `, ... (${values.length} elements)` : "";
      return `[${shown.join(", ")}${more}]`;
    },
    sample: (random) =>
      Array.from(
        { length: sampleLength(random, Math.min(prefix.most, 40)) },
        () => element.sample(random),
      ),
  };
}

/** U8 count, then the elements. */
export function SEQ0_255<T>(element: WireType<T>): WireType<readonly T[]> {
  return sequence("SEQ0_255", element, {
    size: 1,
    most: 0xff,
    write: (writer, count) => writer.u8(count),
    read: (reader) => reader.u8(),
  });
}

/** U16 count, then the elements. */
export function SEQ0_64K<T>(element: WireType<T>): WireType<readonly T[]> {
  return sequence("SEQ0_64K", element, {
    size: 2,
    most: 0xffff,
    write: (writer, count) => writer.u16(count),
    read: (reader) => reader.u16(),
  });
}

/** U8 count of 0 or 1, then the element if there is one; `undefined` in the program when absent. */
export function OPTION<T>(element: WireType<T>): WireType<T | undefined> {
  return {
    name: `OPTION[${element.name}]`,
    minLength: 1,
    maxLength: 1 + element.maxLength,
    measure: (value) => value === undefined ? 1 : 1 + element.measure(value),
    write(writer, value) {
      writer.u8(value === undefined ? 0 : 1);
      if (value !== undefined) element.write(writer, value);
    },
    read(reader) {
      const count = reader.u8();
      if (count > 1) throw new WireFault(`${count} elements, at most 1`);
      return count === 0 ? undefined : element.read(reader);
    },
    describe: (value) => value === undefined ? "absent" : element.describe(value),
    sample: (random) =>
      ((random.bytes(1)[0] as number) & 1) === 0 ? undefined : element.sample(random),
  };
}

/**
 * A last field that older peers leave out: nothing, or the element. It can only stand at the end of
 * a message.
 */
export function TAIL<T>(element: WireType<T>): WireType<T | undefined> {
  return {
    name: `${element.name} or nothing`,
    minLength: 0,
    maxLength: element.maxLength,
    measure: (value) => value === undefined ? 0 : element.measure(value),
    write(writer, value) {
      if (value !== undefined) element.write(writer, value);
    },
    read: (reader) => reader.left === 0 ? undefined : element.read(reader),
    describe: (value) => value === undefined ? "absent" : element.describe(value),
    sample: (random) => element.sample(random),
  };
}

/** Several values one after another, as one element of a sequence. */
export function GROUP<F extends Readonly<Record<string, WireType<unknown>>>>(
  name: string,
  fields: F,
): WireType<GroupValue<F>> {
  const entries: [keyof F, WireType<unknown>][] = Object.entries(fields);
  const sum = (of: (type: WireType<unknown>) => number): number =>
    entries.reduce((total, [, type]) => total + of(type), 0);
  return {
    name,
    minLength: sum((type) => type.minLength),
    maxLength: sum((type) => type.maxLength),
    measure: (value) => entries.reduce((total, [key, type]) => total + type.measure(value[key]), 0),
    write(writer, value) {
      for (const [key, type] of entries) type.write(writer, value[key]);
    },
    read: (reader) =>
      Object.fromEntries(entries.map(([key, type]) => [key, type.read(reader)])) as GroupValue<F>,
    describe: (value) =>
      entries.map(([key, type]) => `${String(key)} ${type.describe(value[key])}`).join(", "),
    sample: (random) =>
      Object.fromEntries(entries.map(([key, type]) => [key, type.sample(random)])) as GroupValue<F>,
  };
}

/** The value of a {@link GROUP}. */
export type GroupValue<F> = { readonly [K in keyof F]: F[K] extends WireType<infer T> ? T : never };
