import { defineCommand } from "../command.ts";
import { CONFIG_DETAILS } from "../config_options.ts";
import { ExitCode } from "../exit_codes.ts";
import { countOption } from "../options.ts";
import { jsonLine, moment, textTable } from "../table.ts";
import { BOOK_OPTIONS, withBooks } from "../with_books.ts";

function windowText(window: number, unit: string): string {
  return unit === "shares" ? `${window} shares` : `${window} x difficulty`;
}

/** `epochs`. */
export const epochs = defineCommand({
  name: "epochs",
  summary: "Show which scheme and fee held when",
  details:
    `A change of scheme, fee or window in the configuration begins a new epoch at the pool's next
start. What was credited before is never looked at again with other terms.

${CONFIG_DETAILS}`,
  options: {
    ...BOOK_OPTIONS,
    limit: countOption({ min: 1, max: 1_000, preset: 100 }, "How many, the newest first."),
  },
  run(options, _operands, io) {
    return withBooks(options, async ({ reports }) => {
      const found = await reports.epochs(options.limit);
      io.out(
        options.json
          ? jsonLine({
            epochs: found.map((
              { number, fromMs, scheme, feePpm, pplnsWindow, pplnsWindowUnit },
            ) => ({
              id: Number(number),
              from: new Date(fromMs).toISOString(),
              scheme,
              fee_ppm: feePpm,
              pplns_window: pplnsWindow,
              pplns_window_unit: pplnsWindowUnit,
            })),
          })
          : textTable(
            [
              { title: "epoch", align: "right" },
              { title: "from (UTC)" },
              { title: "scheme" },
              { title: "fee", align: "right" },
              { title: "window", align: "right" },
            ],
            found.map(({ number, fromMs, scheme, feePpm, pplnsWindow, pplnsWindowUnit }) => [
              String(number),
              moment(fromMs),
              scheme,
              `${feePpm / 10_000} %`,
              scheme === "pplns" ? windowText(pplnsWindow, pplnsWindowUnit) : "",
            ]),
            "No epoch has begun: the pool was not started yet.",
          ),
      );
      return ExitCode.ok;
    });
  },
});
