/** The one place that says which zebrad the tests are written for. */
export const ZEBRAD_VERSION = "7.0.0";
