import { reasonOf } from "../../base/mod.ts";

/** A thread that answers messages, as the pool sees it. */
export interface WorkerPort<In> {
  post(message: In, transfer?: ArrayBuffer[]): void;
  /** Ends the thread; neither handler is called afterwards. */
  terminate(): void;
}

/** What a thread calls back. */
export interface WorkerHandlers<Out> {
  message(data: Out): void;
  /** The thread failed and will say nothing more. */
  death(reason: string): void;
}

/** Makes a thread. Tests hand in their own, which can be killed. */
export type SpawnWorker<In, Out> = (handlers: WorkerHandlers<Out>) => WorkerPort<In>;

/**
 * Starts a worker from source text. A `blob:` URL needs no permission, unlike a file.
 *
 * @param source a whole JavaScript module.
 */
export function spawnFromSource<In, Out>(
  source: string,
  handlers: WorkerHandlers<Out>,
): WorkerPort<In> {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    worker.terminate();
    URL.revokeObjectURL(url);
  };
  const die = (reason: string): void => {
    if (ended) return;
    end();
    handlers.death(reason);
  };
  worker.onmessage = (event: MessageEvent<Out>) => {
    if (!ended) handlers.message(event.data);
  };
  worker.onerror = (event) => {
    // Unless prevented, a failure in a worker ends the whole process.
    event.preventDefault();
    die(event.message);
  };
  worker.onmessageerror = () => die("a message could not be read");
  return {
    post(message, transfer = []) {
      try {
        worker.postMessage(message, transfer);
      } catch (thrown) {
        // Reported later, so that the caller is not called back in the midst of its own work.
        queueMicrotask(() => die(reasonOf(thrown)));
      }
    },
    terminate: end,
  };
}
