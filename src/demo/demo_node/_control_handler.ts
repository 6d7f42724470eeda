/**
 * The control interface over HTTP, on a port of its own that is open only when it is asked for:
 * `POST /` with `{"command": "generate", ...}` answers `{"result": ...}` or `{"error": "..."}`.
 *
 * @module
 */
import { reasonOf } from "../../base/mod.ts";
import type { DemoNodeControl } from "./_control.ts";
import type { Fault } from "./_faults.ts";
import type { HttpHandler } from "./_http_connection.ts";
import { isRecord } from "./_json_rpc.ts";
import { SPOILER_NAMES, type SpoilerName } from "./_spoilers.ts";

type Command = (control: DemoNodeControl, request: Record<string, unknown>) => unknown;

/** Commands by name, each with the fields that it reads. */
const COMMANDS: Readonly<Record<string, Command>> = {
  status: ({ tip, longPolls, orphans, connections }) => ({ tip, longPolls, orphans, connections }),
  generate: (control, { count = 1, empty }) =>
    control.generate(number(count, "count"), { empty: empty === true }),
  reorg: (control, { depth = 1 }) => control.reorg(number(depth, "depth")),
  add_transaction: (control) => control.addTransaction(),
  rebuild_template: (control) => control.rebuildTemplate(),
  spoil_templates: (control, { name }) => control.spoilTemplates(spoilerName(name)),
  set_fault: (control, request) => {
    const { method, times } = request;
    control.setFault(faultOf(request), {
      ...(method === undefined ? {} : { method: String(method) }),
      ...(times === undefined ? {} : { times: number(times, "times") }),
    });
  },
  clear_faults: (control) => control.clearFaults(),
  close_connections: (control) => control.closeConnections(),
  drop_long_polls: (control) => control.dropLongPolls(),
  renew_cookie: (control) => control.renewCookie(),
};

/** The handler for the control port. */
export function controlHandler(control: DemoNodeControl): HttpHandler {
  const commands = new Map(Object.entries(COMMANDS));
  return async ({ method, body }) => {
    if (method !== "POST") return { status: 405, body: "" };
    try {
      const request: unknown = JSON.parse(new TextDecoder().decode(body));
      if (!isRecord(request)) throw new TypeError("a JSON object is expected");
      const command = commands.get(String(request.command));
      if (command === undefined) {
        throw new TypeError(`command is one of ${[...commands.keys()].join(", ")}`);
      }
      const result = await command(control, request);
      return { status: 200, body: JSON.stringify({ result: result ?? null }) };
    } catch (error) {
      return { status: 200, body: JSON.stringify({ error: reasonOf(error) }) };
    }
  };
}

function faultOf(request: Record<string, unknown>): Fault {
  switch (request.kind) {
    case "lag":
      return { kind: "lag", delayMs: number(request.delay_ms, "delay_ms") };
    case "error":
      return {
        kind: "error",
        code: number(request.code, "code"),
        message: String(request.message ?? "demo fault"),
      };
    case "hang":
    case "close":
      return { kind: request.kind };
    default:
      throw new TypeError("kind is one of lag, hang, error, close");
  }
}

function spoilerName(value: unknown): SpoilerName | undefined {
  if (value === undefined || value === null) return undefined;
  const name = SPOILER_NAMES.find((known) => known === value);
  if (name === undefined) throw new TypeError(`name is one of ${SPOILER_NAMES.join(", ")}`);
  return name;
}

function number(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw new TypeError(`${name} is a whole number`);
  }
  return value;
}
