/** A program that answers each line of its input with one line. */
export class LineProgram {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(command: string, args: readonly string[]) {
    this.#child = new Deno.Command(command, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Answers in the order of the lines; these hold no line feed. */
  async ask(lines: readonly string[]): Promise<string[]> {
    // Written beside the reading, so that neither pipe fills up.
    const written = this.#input.write(new TextEncoder().encode(lines.join("\n") + "\n"));
    const answers: string[] = [];
    while (answers.length < lines.length) {
      const { value, done } = await this.#output.read();
      if (done) throw new Error("the other reader ended early");
      const parts = (this.#rest + value).split("\n");
      this.#rest = parts.pop() ?? "";
      answers.push(...parts);
    }
    await written;
    return answers;
  }

  async close(): Promise<void> {
    await this.#input.close();
    await this.#output.cancel();
    await this.#child.status;
  }
}
