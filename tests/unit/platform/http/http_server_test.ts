import assert from "node:assert/strict";
import { type LogFields, type Logger, silentLogger } from "../../../../src/base/mod.ts";
import { ListeningServer } from "../../../../src/platform/http/http_server.ts";
import {
  HttpListenError,
  type HttpOptions,
  jsonReply,
  type Route,
  serveHttp,
  textReply,
} from "../../../../src/platform/http/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";

const OPTIONS: HttpOptions = {
  hostname: "127.0.0.1",
  port: 0,
  connectionsMax: 8,
  bodyLengthMax: 10,
  requestTimeoutMs: 5_000,
};
const REFUSALS = {
  notFound: "Not found. Try /thing.",
  reply: (status: number, error: string, message: string) => jsonReply(status, { error, message }),
};
const THING: Route = {
  method: "GET",
  path: "/thing",
  access: "anyone",
  handle: () => textReply(200, "a thing"),
};

interface Changes {
  readonly routes?: readonly Route[];
  readonly token?: string;
  readonly logger?: Logger;
  readonly clock?: FakeClock;
}

async function withServer(
  { routes = [THING], token, logger = silentLogger, clock }: Changes,
  body: (base: string, port: number) => Promise<void>,
): Promise<void> {
  const server = serveHttp(
    { ...OPTIONS, ...(token === undefined ? {} : { token }) },
    { routes, refusals: REFUSALS, logger, ...(clock === undefined ? {} : { clock }) },
  );
  try {
    await body(`http://127.0.0.1:${server.port}`, server.port);
  } finally {
    await server.close();
  }
}

/** Reads until the server closes. */
async function rest(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const buffer = new Uint8Array(4_096);
  for (;;) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) return text;
    text += decoder.decode(buffer.subarray(0, length));
  }
}

/** Sends bytes as they are and reads until the server closes. */
async function raw(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  return await rest(connection);
}

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}

Deno.test("http server: what is not there, what may not be done and who may not ask are told apart", async () => {
  const secret: Route = {
    method: "POST",
    path: /^\/secrets\/([0-9]+)$/,
    access: "bearer",
    handle: async ({ parameters, query, body }) => {
      const bytes = await body();
      return jsonReply(bytes === undefined ? 400 : 200, {
        parameters,
        more: query.get("more"),
        body: bytes && new TextDecoder().decode(bytes),
      });
    },
  };
  const token = "the token";
  const shown = { authorization: `Bearer ${token}` };
  const tries: readonly [string, string, RequestInit, number, string | null, RegExp][] = [
    ["GET", "/thing", {}, 200, null, /^a thing/],
    ["GET", "/thing?x=1", {}, 200, null, /^a thing/],
    ["POST", "/thing", { headers: shown }, 405, "GET, HEAD", /Only GET and HEAD are served here/],
    ["GET", "/secrets/5", { headers: shown }, 405, "POST", /Only POST is served here/],
    ["GET", "/thing/", { headers: shown }, 404, null, /Not found. Try \/thing\./],
    ["POST", "/secrets/x", { headers: shown }, 404, null, /Not found/],
    ["GET", "/other", {}, 401, null, /bearer token/],
    ["POST", "/secrets/5", {}, 401, null, /bearer token/],
    ["POST", "/secrets/5", { headers: { authorization: "Bearer x" } }, 401, null, /bearer token/],
    ["POST", "/secrets/5?more=2", { headers: shown, body: "abc" }, 200, null, /"5".*"2".*abc/],
    ["POST", "/secrets/5", { headers: shown, body: "a".repeat(11) }, 400, null, /parameters/],
  ];
  await withServer({ routes: [THING, secret], token }, async (base) => {
    for (const [method, path, init, status, allow, text] of tries) {
      const response = await fetch(`${base}${path}`, { method, ...init });
      const note = `${method} ${path}`;
      assert.equal(response.status, status, note);
      assert.equal(response.headers.get("allow"), allow, note);
      assert.match(await response.text(), text, note);
    }
  });
});

Deno.test("http server: accepting goes on after it failed, reported once with its end", async () => {
  const lines: [string, string, LogFields | undefined][] = [];
  const logger: Logger = {
    log: (level, event, _, fields) => lines.push([level, event, fields]),
  };
  const clock = new FakeClock();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  let failuresLeft = 3;
  const server = new ListeningServer(OPTIONS, {
    routes: [THING],
    refusals: REFUSALS,
    logger,
    clock,
  }, {
    port,
    accept: () =>
      failuresLeft-- > 0
        ? Promise.reject(Object.assign(new Error("Too many open files"), { code: "EMFILE" }))
        : listener.accept(),
    close: () => listener.close(),
  });
  for (let tries = 0; tries < 3; tries++) {
    await settle();
    await clock.advance(100);
  }
  assert.equal(await statusOf(`http://127.0.0.1:${port}/thing`), 200);
  const address = `127.0.0.1:${port}`;
  assert.deepEqual(lines, [
    ["warn", "http_accept_failed", { address }],
    ["info", "http_accept_resumed", { address, failures: 3 }],
  ]);
  await server.close();
});

Deno.test("http server: HEAD has the headers of GET and no body, a body that is not read ends the connection", () =>
  withServer({}, async (base) => {
    const head = await fetch(`${base}/thing`, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-length"), "8");
    assert.equal(await head.text(), "");
    const body = "x".repeat(100_000);
    assert.equal(await statusOf(`${base}/thing`, { method: "POST", body }), 405);
    assert.equal(await statusOf(`${base}/thing`), 200);
  }));

Deno.test("http server: a handler that fails is a 500 that tells strangers nothing, and the log all", async () => {
  const lines: [string, string, LogFields | undefined][] = [];
  const logger: Logger = { log: (_, event, text, fields) => lines.push([event, text, fields]) };
  const handle = (): never => {
    throw new Error("secret path /var/lib/pool.sqlite");
  };
  await withServer({ routes: [{ ...THING, handle }], logger }, async (base) => {
    const response = await fetch(`${base}/thing`);
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /secret/);
    assert.deepEqual(lines, [["http_failed", "secret path /var/lib/pool.sqlite", undefined]]);
    assert.equal(await statusOf(`${base}/other`), 404);
  });
});

Deno.test("http server: garbage and oversized headers end the connection and not the server", () =>
  withServer({}, async (base, port) => {
    assert.match(await raw(port, "\u0000\u0000\u0000 not http\r\n\r\n"), /^(HTTP\/1\.1 400|$)/);
    const large = `GET /thing HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`;
    assert.match(await raw(port, large), /^(HTTP\/1\.1 431|$)/);
    assert.equal(await statusOf(`${base}/thing`), 200);
  }));

Deno.test("http server: a request that does not come to its end is ended, and so is one that never begins", async () => {
  const clock = new FakeClock();
  const body: Route = {
    ...THING,
    method: "POST",
    handle: async ({ body }) => jsonReply(200, (await body())?.length ?? null),
  };
  await withServer({ routes: [body], clock }, async (_, port) => {
    const beginnings = [
      "",
      "POST /thing HTTP/1.1\r\nHost: x\r\n",
      "POST /thing HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
    ];
    for (const beginning of beginnings) {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(new TextEncoder().encode(beginning));
      while (clock.pending === 0) await settle();
      await clock.advance(4_999);
      const answer = rest(connection);
      await clock.advance(1);
      assert.match(await answer, /^HTTP\/1\.1 408/, beginning);
      while (clock.pending > 0) await settle();
    }
  });
});

Deno.test("http server: our own standstill is not the peer's silence", async () => {
  const clock = new FakeClock();
  await withServer({ clock }, async (_, port) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const encoder = new TextEncoder();
    await connection.write(encoder.encode("GET /thing HTTP/1.1\r\nHost: x\r\n"));
    while (clock.pending === 0) await settle();
    clock.standStill(60_000);
    await clock.advance(0);
    await connection.write(encoder.encode("Connection: close\r\n\r\n"));
    assert.match(await rest(connection), /^HTTP\/1\.1 200 OK[^]*a thing\n$/);
  });
});

Deno.test("http server: a connection that is answered and asks nothing further loses its place", async () => {
  const clock = new FakeClock();
  await withServer({ clock }, async (_, port) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("GET /thing HTTP/1.1\r\nHost: x\r\n\r\n"));
    const buffer = new Uint8Array(4_096);
    let text = "";
    while (!text.endsWith("a thing\n")) {
      const length = await connection.read(buffer);
      assert.ok(length !== null, text);
      text += new TextDecoder().decode(buffer.subarray(0, length));
    }
    const ended = rest(connection);
    await settle();
    await clock.advance(30_000);
    assert.equal(await ended, "");
  });
});

Deno.test("http server: more connections than served are closed at once, others go on", () =>
  withServer({}, async (base, port) => {
    const held: Deno.Conn[] = [];
    for (let n = 0; n < OPTIONS.connectionsMax; n++) {
      held.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
    assert.equal(await raw(port, "GET /thing HTTP/1.1\r\nHost: x\r\n\r\n"), "");
    for (const connection of held) connection.close();
    // A closed connection leaves its place as soon as the server has seen it.
    for (let tries = 0; tries < 100; tries++) {
      if (await statusOf(`${base}/thing`).catch(() => 0) === 200) return;
    }
    assert.fail("no place became free");
  }));

Deno.test("http server: an address that is taken is a declared error in our words", () =>
  withServer({}, async (_, port) => {
    assert.throws(
      () =>
        serveHttp({ ...OPTIONS, port }, { routes: [], refusals: REFUSALS, logger: silentLogger }),
      (error: unknown) => {
        assert.ok(error instanceof HttpListenError);
        const reason = "another process has the port";
        assert.equal(error.message, `Cannot listen on 127.0.0.1:${port}: ${reason}`);
        return true;
      },
    );
    await Promise.resolve();
  }));

Deno.test("http server: a connection that asks again before it was answered is ended, and others are served", async () => {
  const asked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let answers = 0;
  const slow: Route = {
    ...THING,
    path: "/slow",
    async handle() {
      answers++;
      asked.resolve();
      await release.promise;
      return jsonReply(200, {});
    },
  };
  await withServer({ routes: [THING, slow] }, async (base, port) => {
    const greedy = raw(port, "GET /slow HTTP/1.1\r\nHost: pool\r\n\r\n".repeat(1_000));
    await asked.promise;
    assert.equal(await greedy, "");
    assert.equal(answers, 1);
    release.resolve();
    assert.equal(await statusOf(`${base}/thing`), 200);
  });
});

Deno.test("http server: requests one after the other share a connection", () =>
  withServer({}, async (_base, port) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const buffer = new Uint8Array(4_096);
    for (let i = 0; i < 3; i++) {
      await connection.write(
        new TextEncoder().encode("GET /thing HTTP/1.1\r\nHost: pool\r\n\r\n"),
      );
      let text = "";
      while (!text.endsWith("a thing\n")) {
        const length = await connection.read(buffer);
        assert(length !== null, text);
        text += new TextDecoder().decode(buffer.subarray(0, length));
      }
      assert.match(text, /^HTTP\/1\.1 200 /);
    }
  }));
