import type { Random } from "../../base/mod.ts";
import { sampleLength } from "./byte_strings.ts";
import { WireFault } from "./wire_fault.ts";
import type { WireReader } from "./wire_reader.ts";
import type { WireType } from "./wire_type.ts";
import type { WireWriter } from "./wire_writer.ts";

/** Samples stay short: tests make thousands of them. */
const SAMPLE_LENGTH_MAX = 0xff;

// `ignoreBOM` keeps a byte order mark as a character, so that text and bytes always agree.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    // Each half of a surrogate pair stands for two of the pair's four bytes.
    else if (unit >= 0xd800 && unit <= 0xdfff) length += 2;
    else length += 3;
  }
  return length;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    if (cause instanceof TypeError) throw new WireFault("not valid UTF-8");
    throw cause;
  }
}

/** Characters of one, two, three and four UTF-8 bytes. */
const SAMPLE_ALPHABET = ["a", "Z", "7", ".", "_", "\u00e9", "\u20bf", "\u{1f6e1}"];

function sampleText(random: Random): string {
  const wanted = sampleLength(random, SAMPLE_LENGTH_MAX);
  const choices = random.bytes(wanted);
  let text = "";
  let left = wanted;
  for (const choice of choices) {
    const character = SAMPLE_ALPHABET[choice % SAMPLE_ALPHABET.length] as string;
    const length = utf8Length(character);
    if (length > left) break;
    text += character;
    left -= length;
  }
  return text;
}

function text(name: string, prefix: TextPrefix): WireType<string> {
  return {
    name,
    minLength: prefix.size,
    maxLength: prefix.size + prefix.longest,
    measure(value) {
      if (!value.isWellFormed()) throw new RangeError("a text with a lone surrogate has no UTF-8");
      const length = utf8Length(value);
      if (length > prefix.longest) {
        throw new RangeError(`${length} bytes, at most ${prefix.longest}`);
      }
      return prefix.size + length;
    },
    write(writer, value) {
      const length = utf8Length(value);
      prefix.write(writer, length);
      writer.utf8(value, length);
    },
    read: (reader) => decodeUtf8(reader.bytes(prefix.read(reader))),
    // Quoted and escaped: a peer's text must not be able to forge a line or move a cursor.
    describe: (value) => JSON.stringify(value),
    sample: sampleText,
  };
}

interface TextPrefix {
  readonly size: 1 | 2;
  readonly longest: number;
  readonly write: (writer: WireWriter, length: number) => void;
  readonly read: (reader: WireReader) => number;
}

/** U8 length in bytes, then UTF-8 text. Bytes that are no UTF-8 are refused. */
export const STR0_255: WireType<string> = text("STR0_255", {
  size: 1,
  longest: 0xff,
  write: (writer, length) => writer.u8(length),
  read: (reader) => reader.u8(),
});

/** U16 length in bytes, then UTF-8 text. Bytes that are no UTF-8 are refused. */
export const STR0_64K: WireType<string> = text("STR0_64K", {
  size: 2,
  longest: 0xffff,
  write: (writer, length) => writer.u16(length),
  read: (reader) => reader.u16(),
});
