import { startRedis } from "../redis_server.ts";
import { startServer } from "../start_server.ts";
import { endlessFolder } from "./endless_folder.ts";
import type { JobOf } from "./job.ts";
import { THREADS } from "./models.ts";
import { ResponsesClient } from "./responses_client.ts";
import type { Series } from "./series.ts";

/** Until the server's code is compiled as well as it will be. */
const WARM_UP_ANSWERS = 20;
const WARM_UP_TOKENS = 100;

/** Tokens of the answer that is read again. */
const REPLAYED_TOKENS = 200;

/**
 * What it costs that a response is stored: streamed answers that are, each piece durable before it is sent, and that are not,
 * in turn, whole requests. The same prompt and seed give both the same answer, and no two pairs the same.
 */
export async function benchDurability(
  { engine, weights, model, file, store, answers, turns }: JobOf<"durability">,
): Promise<Series[]> {
  await using redis = store === "redis" ? await startRedis() : undefined;
  await using folder = await endlessFolder(file);
  await using server = await startServer({ model: folder.path, store: redis?.url ?? store });
  const client = new ResponsesClient(server);
  for (let i = 0; i < WARM_UP_ANSWERS; i++) {
    await client.answer({ tokens: WARM_UP_TOKENS, stored: i % 2 === 0 });
  }

  const common = { engine, weights, model, threads: THREADS, batch: 1 } as const;
  const series: Series[] = [];
  for (const { tokens, streams, pairs } of answers) {
    const times = { stored: [] as number[], unstored: [] as number[] };
    for (let i = 0; i < pairs; i++) {
      // First the one that leaves nothing behind which the other could go on from.
      times.unstored.push(await client.answers(streams, { tokens, stored: false }));
      times.stored.push(await client.answers(streams, { tokens, stored: true }));
      client.next();
    }
    const of = { ...common, batch: streams };
    const name = `${store}, ${tokens} tokens`;
    series.push(
      { ...of, bench: `${name}, stored`, unit: "ms", samples: times.stored },
      { ...of, bench: `${name}, unstored`, unit: "ms", samples: times.unstored },
      {
        ...of,
        bench: `${name}, rate stored`,
        unit: "ratio",
        samples: times.unstored.map((unstored, i) => unstored / times.stored[i]!),
      },
    );
  }
  const { turn, load, replay } = await shortTurns(client, turns);
  series.push(
    { ...common, bench: `${store}, turn`, unit: "ms", samples: turn },
    { ...common, bench: `${store}, load`, unit: "ms", samples: load },
    { ...common, bench: `${store}, replay`, unit: "ms", samples: replay },
  );
  return series;
}

/**
 * Milliseconds that a turn of one token takes for going on from a stored response and being stored itself, and for going on
 * alone: more than one that does neither. And those until the first event of an answer that is read again from its middle.
 */
async function shortTurns(
  client: ResponsesClient,
  turns: number,
): Promise<{ turn: number[]; load: number[]; replay: number[] }> {
  const { id } = await client.answer({ tokens: REPLAYED_TOKENS, stored: true });
  const times = { turn: [] as number[], load: [] as number[], replay: [] as number[] };
  let previous = id;
  for (let i = 0; i < turns; i++) {
    client.next();
    const alone = await client.answer({ tokens: 1, stored: false });
    const loaded = await client.answer({ tokens: 1, stored: false, previous });
    const stored = await client.answer({ tokens: 1, stored: true, previous });
    previous = stored.id;
    times.load.push(loaded.ms - alone.ms);
    times.turn.push(stored.ms - alone.ms);
    times.replay.push(await client.replay(id, REPLAYED_TOKENS / 2));
  }
  return times;
}
