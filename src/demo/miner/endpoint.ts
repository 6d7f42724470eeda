/** Where a pool listens. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
}
