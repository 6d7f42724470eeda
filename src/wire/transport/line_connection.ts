import type { Connection } from "./connection.ts";

/**
 * Lines of text in both directions, as Stratum V1 has them: each is what stood in front of a line
 * feed, without a carriage return, never empty, in UTF-8 of at most `LINE_LENGTH_MAX` bytes. What is
 * sent must bring its line feeds along.
 */
export type LineConnection = Connection<string>;
