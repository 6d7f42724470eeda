/**
 * What a connection needs of a socket; a TCP connection of the runtime is one, and tests make their
 * own to have silence, half writes and failures at will.
 */
export interface ByteSocket {
  /** Fills the start of the buffer; the number of bytes, or null at the end of the stream. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Takes some of the bytes; how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Tells the peer that nothing more comes. */
  closeWrite(): Promise<void>;
  /** Lets go of the socket; reads and writes that wait reject. */
  close(): void;
}

/** Writes all bytes; `onProgress` is told how many were taken each time some were. */
export async function writeAll(
  socket: ByteSocket,
  bytes: Uint8Array,
  onProgress?: (count: number) => void,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const count = await socket.write(bytes.subarray(written));
    written += count;
    onProgress?.(count);
  }
}

/** Closes a socket that may be closed, or broken, already. */
export function closeQuietly(socket: ByteSocket): void {
  try {
    socket.close();
  } catch {
    // The runtime throws when the resource is gone, and that is what was wanted.
  }
}
