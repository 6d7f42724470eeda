import assert from "node:assert/strict";
import { type LogFields, type Logger, silentLogger } from "../../../../src/base/mod.ts";
import {
  createMetrics,
  HttpListenError,
  type HttpModules,
  startHttp,
} from "../../../../src/platform/observability/mod.ts";

async function withServer(
  changes: Partial<HttpModules>,
  body: (base: string, port: number) => Promise<void>,
): Promise<void> {
  const server = await startHttp({ hostname: "127.0.0.1", port: 0 }, {
    metrics: createMetrics().registry,
    health: () => ({ healthy: true, reasons: [] }),
    status: () => ({}),
    logger: silentLogger,
    ...changes,
  });
  try {
    await body(`http://127.0.0.1:${server.port}`, server.port);
  } finally {
    await server.close();
  }
}

/** Sends bytes as they are and reads until the server closes. */
async function raw(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  const decoder = new TextDecoder();
  let text = "";
  const buffer = new Uint8Array(4_096);
  for (;;) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) return text;
    text += decoder.decode(buffer.subarray(0, length));
  }
}

Deno.test("http: metrics are served in Prometheus' text format", () =>
  withServer({}, async (base) => {
    const response = await fetch(`${base}/metrics`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(await response.text(), /^pool_blocks_found_total 0$/m);
  }));

Deno.test("http: health is 200 when healthy and 503 with the reasons when not", async () => {
  await withServer({}, async (base) => {
    const response = await fetch(`${base}/health`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: "ok", reasons: [] });
  });
  const health = () => ({ healthy: false, reasons: ["no node is usable"] });
  await withServer({ health }, async (base) => {
    const response = await fetch(`${base}/health?verbose`);
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { status: "failing", reasons: ["no node is usable"] });
  });
});

Deno.test("http: the status snapshot is JSON whose amounts are text", () => {
  const status = () => ({
    credit_zat: 2n ** 60n,
    miners: [{ name: "a", shares: 1 }],
    none: undefined,
  });
  return withServer({ status }, async (base) => {
    const response = await fetch(`${base}/status`);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.deepEqual(await response.json(), {
      credit_zat: "1152921504606846976",
      miners: [{ name: "a", shares: 1 }],
    });
  });
});

Deno.test("http: HEAD has the headers of GET and no body, other methods are refused", () =>
  withServer({}, async (base) => {
    const head = await fetch(`${base}/health`, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-length"), "29");
    assert.equal(await head.text(), "");
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const response = await fetch(`${base}/health`, {
        method,
        ...(method === "POST" || method === "PUT" ? { body: "x".repeat(100_000) } : {}),
      });
      assert.equal(response.status, 405, method);
      assert.equal(response.headers.get("allow"), "GET, HEAD");
      await response.body?.cancel();
    }
  }));

Deno.test("http: an unknown path is 404", () =>
  withServer({}, async (base) => {
    for (const path of ["/", "/metrics/", "/../status", "/admin"]) {
      const response = await fetch(`${base}${path}`);
      assert.equal(response.status, path === "/../status" ? 200 : 404, path);
      await response.body?.cancel();
    }
  }));

Deno.test("http: a snapshot that fails is a 500 that tells strangers nothing, and the log all", async () => {
  const lines: [string, string, LogFields | undefined][] = [];
  const logger: Logger = { log: (_, event, text, fields) => lines.push([event, text, fields]) };
  const status = () => {
    throw new Error("secret path /var/lib/pool.sqlite");
  };
  await withServer({ status, logger }, async (base) => {
    const response = await fetch(`${base}/status`);
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /secret/);
    assert.deepEqual(lines, [["http_failed", "secret path /var/lib/pool.sqlite", undefined]]);
    const after = await fetch(`${base}/health`);
    assert.equal(after.status, 200);
    await after.body?.cancel();
  });
});

Deno.test("http: garbage and oversized headers end the connection and not the server", () =>
  withServer({}, async (base, port) => {
    assert.match(await raw(port, "\u0000\u0000\u0000 not http\r\n\r\n"), /^(HTTP\/1\.1 400|$)/);
    const large = `GET /health HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`;
    assert.match(await raw(port, large), /^(HTTP\/1\.1 431|$)/);
    const response = await fetch(`${base}/health`);
    assert.equal(response.status, 200);
    await response.body?.cancel();
  }));

Deno.test("http: a request that does not come to its end is ended by the server", async () => {
  const server = await startHttp({ hostname: "127.0.0.1", port: 0, requestTimeoutMs: 50 }, {
    metrics: createMetrics().registry,
    health: () => ({ healthy: true, reasons: [] }),
    status: () => null,
    logger: silentLogger,
  });
  // The test waits for the server to close: without the limit it would wait for ever.
  assert.match(await raw(server.port, "GET /health HTTP/1.1\r\nHost: x\r\n"), /^HTTP\/1\.1 408/);
  await server.close();
});

Deno.test("http: more connections than served are closed at once, others go on", () =>
  withServer({}, async (base, port) => {
    const held: Deno.Conn[] = [];
    for (let n = 0; n < 64; n++) held.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    assert.equal(await raw(port, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"), "");
    for (const connection of held) connection.close();
    // A closed connection leaves its place as soon as the server has seen it.
    for (let tries = 0; tries < 100; tries++) {
      const status = await fetch(`${base}/health`).then(async (response) => {
        await response.body?.cancel();
        return response.status;
      }, () => 0);
      if (status === 200) return;
    }
    assert.fail("no place became free");
  }));

Deno.test("http: an address that is taken is a declared error", () =>
  withServer({}, async (_, port) => {
    await assert.rejects(
      startHttp({ hostname: "127.0.0.1", port }, {
        metrics: createMetrics().registry,
        health: () => ({ healthy: true, reasons: [] }),
        status: () => null,
        logger: silentLogger,
      }),
      (error: unknown) =>
        error instanceof HttpListenError && error.message.includes(`127.0.0.1:${port}`),
    );
  }));

Deno.test("http: a connection that asks again before it was answered is ended, and others are served", async () => {
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let answers = 0;
  const status = async () => {
    answers++;
    asked.resolve();
    await release.promise;
    return {};
  };
  await withServer({ status }, async (base, port) => {
    const request = "GET /status HTTP/1.1\r\nHost: pool\r\n\r\n";
    const greedy = raw(port, request.repeat(1_000));
    await asked.promise;
    assert.equal(await greedy, "");
    assert.equal(answers, 1);
    release.resolve();
    const response = await fetch(`${base}/health`);
    assert.equal(response.status, 200);
    await response.body?.cancel();
  });
});

Deno.test("http: requests one after the other share a connection", () =>
  withServer({}, async (_base, port) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const buffer = new Uint8Array(4_096);
    for (let i = 0; i < 3; i++) {
      await connection.write(
        new TextEncoder().encode("GET /health HTTP/1.1\r\nHost: pool\r\n\r\n"),
      );
      let text = "";
      while (!text.endsWith("}\n")) {
        const length = await connection.read(buffer);
        assert(length !== null, text);
        text += new TextDecoder().decode(buffer.subarray(0, length));
      }
      assert.match(text, /^HTTP\/1\.1 200 /);
    }
  }));
