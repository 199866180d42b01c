import { hasRedisServer } from "../../scripts/redis_server.ts";

export { type RedisServer, startRedis } from "../../scripts/redis_server.ts";

/** Whether there is a redis-server to test with. */
export const hasRedis: boolean = await hasRedisServer();

if (!hasRedis) {
  console.warn("SKIPPED: there is no redis-server, so the store in Redis is not tested");
}
