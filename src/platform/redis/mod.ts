/** Sets that several processes share, in Redis. */
export * from "./redis_sets.ts";
export { tryRedis } from "./try_redis.ts";
