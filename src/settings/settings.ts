import { isHostName } from "../api/access/hosts.ts";
import { isKeyDigest } from "../api/access/key_entry.ts";
import { LOG_LEVELS } from "../telemetry/logger.ts";
import { isOriginPattern } from "../api/access/origins.ts";
import { ENGINES, WEIGHTS } from "../engine/engine_options.ts";
import { apiKeys, tenantClaims } from "./api_keys.ts";
import { keyQuotas } from "./key_quotas.ts";
import { modelAliases } from "./model_aliases.ts";
import {
  bytes,
  days,
  integer,
  isHost,
  isRedis,
  listOf,
  oneOf,
  server,
  setting,
  textThat,
} from "./setting.ts";
import { DEFAULT_STATES_PER_POWER } from "../tree/spacing.ts";
import { STATE_PRECISIONS, STORED_PRECISION } from "../state/precision.ts";

/** Characters of a secret that states are sealed with, at the least: 32 of base64 are 192 bits. */
const MIN_SECRET_LENGTH = 32;

/** Every setting of the server. */
export const SETTINGS = {
  host: setting({
    env: "HOST",
    default: "127.0.0.1",
    meaning: "The address to listen on. `0.0.0.0` is every address of the machine.",
    allowed: "a host name or an IP address",
    parse: textThat(isHost),
  }),
  port: setting({
    env: "PORT",
    default: "8000",
    meaning: "The TCP port to listen on. `0` takes any that is free.",
    allowed: "an integer from 0 to 65535",
    parse: integer(0, 65_535),
  }),
  dataDirectory: setting({
    env: "TERN_DATA",
    default: "./.tern",
    meaning: "The folder where stored conversations are kept.",
    allowed: "the path of a folder",
    parse: (text) => text,
  }),
  model: setting({
    env: "TERN_MODEL",
    default: "tern-7m",
    meaning:
      "The model to serve, or several: the first one answers requests that name none, and each is loaded when it is first asked for.",
    allowed:
      "the name of a model under `models/` or in `TERN_MODELS`, or the path of a `.pth`, `.safetensors`, `.st` or `.gguf` file, or of a folder with one (docs/models.md), or the URL of a `model.parts.json` (docs/deploy.md); several of these with commas between them; or the path of a folder that holds several",
    parse: (text) => text,
  }),
  shareModel: setting({
    env: "TERN_SHARE_MODEL",
    default: "auto",
    meaning:
      "Whether pages may download the model, to go on with a conversation without the server. `auto`: where there are no keys.",
    allowed: "`auto`, `on` or `off`",
    parse: oneOf(["auto", "on", "off"]),
  }),
  modelsDirectory: setting({
    env: "TERN_MODELS",
    default: "./.tern/models",
    meaning: "The folder where `tern pull` keeps models. `TERN_MODEL` finds them there by name.",
    allowed: "the path of a folder",
    parse: (text) => text,
  }),
  memory: setting({
    env: "TERN_MEMORY",
    default: "auto",
    meaning:
      "The memory that several models may take together. Where another needs it, the one that was not used for longest is unloaded, and never one that answers. `auto` is what is free when the server starts.",
    allowed: "`auto`, or bytes: `8000000000`, `8GB`, `8GiB`, `900MB`",
    parse: (text) => text === "auto" ? "auto" : bytes(text),
  }),
  modelIdleMs: setting({
    env: "TERN_MODEL_IDLE_MS",
    default: "600000",
    meaning:
      "After how many milliseconds without a request one of several models is unloaded. A single model stays loaded. `0`: never.",
    allowed: "an integer from 0 to 2147483647",
    parse: integer(0, 2_147_483_647),
  }),
  personas: setting({
    env: "TERN_PERSONAS",
    default: "",
    meaning:
      'The folder of personas: tuned initial states, which requests select as `model: "NAME@PERSONA"` (docs/models.md). Without it, the folder `personas` in the model\'s folder, or beside its file.',
    allowed: "the path of a folder",
    parse: (text) => text,
  }),
  hubEndpoint: setting({
    env: "HF_ENDPOINT",
    default: "https://huggingface.co",
    meaning: "Where `tern pull` finds the repositories of Hugging Face: the hub, or a mirror.",
    allowed: "the URL of a server",
    parse: server,
  }),
  hubToken: setting({
    env: "HF_TOKEN",
    default: "",
    meaning: "What `tern pull` shows to the server of `HF_ENDPOINT`, for models that need a login.",
    allowed: "a token of Hugging Face",
    secret: true,
    parse: textThat((text) => /^[\x21-\x7e]*$/.test(text)),
  }),
  modelScopeEndpoint: setting({
    env: "MODELSCOPE_ENDPOINT",
    default: "https://modelscope.cn",
    meaning: "Where `tern pull` finds the files of ModelScope: the hub, or a mirror.",
    allowed: "the URL of a server",
    parse: server,
  }),
  modelAliases: setting({
    env: "TERN_MODEL_ALIASES",
    default: "",
    meaning:
      "Other names that requests may call the model by, for clients that cannot be told its own: `gpt-4o-mini=tern-7m`. `*` is any name. `/v1/models` lists them; replies name the model itself.",
    allowed: "`name=model`, with commas between them, where `model` is the one that is served",
    parse: modelAliases,
  }),
  store: setting({
    env: "TERN_STORE",
    default: "deno-kv",
    meaning:
      "Where conversations are kept. `deno-kv` and `sqlite` are files that several processes of one machine may share; `deno-kv:` is the Deno KV database that the platform provides, and the default on Deno Deploy; a URL of Redis is a server that machines may share; `memory` forgets them when the server stops.",
    allowed:
      "`deno-kv`, `deno-kv:`, `sqlite`, `memory` or `redis://[user:password@]host:port[/database]`",
    secret: true,
    parse: (text) =>
      oneOf(["deno-kv", "deno-kv:", "sqlite", "memory"])(text) ?? textThat(isRedis)(text),
  }),
  engine: setting({
    env: "TERN_ENGINE",
    default: "auto",
    meaning:
      "What runs the model. `auto` is `simd`, and `ort` for a model that `simd` cannot take or if there are to be more than eight threads; the log says so then.",
    allowed:
      "`auto`, `simd` (kernels of our own), `ort` (onnxruntime-web) or `native` (onnxruntime-node, with `deno task start-native`)",
    parse: oneOf(ENGINES),
  }),
  weights: setting({
    env: "TERN_WEIGHTS",
    default: "auto",
    meaning:
      "What weights are kept in. `auto` is `int8`, which needs a quarter of the memory and a third of the time and predicts text as well, but `f32` with the engine `ort`, which is slow with `int8`. `f32` is the checkpoint's own numbers. So is `bf16`, in half the memory, if the checkpoint is in bfloat16; other numbers are rounded to it. `int4` needs little more than half the memory of `int8` for matrices, is faster on models that no cache holds, and predicts text a little worse.",
    allowed: "`auto`, `f32` or `int8`, or with the engine `simd` `bf16` or `int4`",
    parse: oneOf(WEIGHTS),
  }),
  speculation: setting({
    env: "TERN_SPECULATION",
    default: "false",
    meaning:
      "Guesses tokens of an answer from what was said before or from its grammar, and reads them in one pass where that has paid. The answers are the same; with the engine `simd` only.",
    allowed: "`true` or `false`",
    parse: (text) => text === "true" ? true : text === "false" ? false : undefined,
  }),
  threads: setting({
    env: "TERN_THREADS",
    default: "1",
    meaning:
      "The threads that the engine computes with. `simd` has 8 at the most; more than the machine has cores are of no use.",
    allowed: "an integer from 1 to 64",
    parse: integer(1, 64),
  }),
  maxRunning: setting({
    env: "TERN_MAX_RUNNING",
    default: "16",
    meaning: "The answers that are made at the same time. Further requests wait.",
    allowed: "an integer from 1 to 1024",
    parse: integer(1, 1024),
  }),
  maxTokens: setting({
    env: "TERN_MAX_TOKENS",
    default: "32768",
    meaning:
      "The tokens of an answer at the most, whatever its request asks for. A request with `max_tokens: -1` asks for this. `/v1/models` shows it as `max_output_tokens`.",
    allowed: "an integer from 1 to 1000000000",
    parse: integer(1, 1_000_000_000),
  }),
  leaseMs: setting({
    env: "TERN_LEASE_MS",
    default: "10000",
    meaning:
      "How long a stored answer waits, in milliseconds, before another process goes on with it when the one that makes it gives no more signs of life.",
    allowed: "an integer from 100 to 3600000",
    parse: integer(100, 3_600_000),
  }),
  maxWaiting: setting({
    env: "TERN_MAX_WAITING",
    default: "64",
    meaning: "The requests with one tenant that wait. Further ones are refused with 429.",
    allowed: "an integer from 0 to 100000",
    parse: integer(0, 100_000),
  }),
  apiKeys: setting({
    env: "TERN_API_KEYS",
    default: "",
    meaning:
      "Who may use the API. Keys of one name are one tenant, which sees its own conversations only; a key without a name is a tenant by itself. Without keys it is open to all.",
    allowed:
      "`name=sha256:` and the hexadecimal digest of a key, as `deno task key` prints it, or that without a name, with commas between them",
    secret: true,
    parse: apiKeys,
  }),
  tenants: setting({
    env: "TERN_TENANTS",
    default: "",
    meaning:
      "Which stored data names of keys have from before they were given: `acme=sha256:0f...` gives the name `acme` what was stored for that key while it had no name, `acme=public` what was stored when there were no keys, `acme=@old` what was stored under the name `old`.",
    allowed:
      "`name=sha256:DIGEST`, `name=public` or `name=@name`, with commas between them, each name and each of the data once",
    parse: tenantClaims,
  }),
  requestsPerMinute: setting({
    env: "TERN_REQUESTS_PER_MINUTE",
    default: "60000",
    meaning:
      "The requests with one tenant in a minute. Further ones are refused with 429. `0` is any number. Each instance of the server counts for itself.",
    allowed: "an integer from 0 to 1000000000",
    parse: integer(0, 1_000_000_000),
  }),
  tokensPerMinute: setting({
    env: "TERN_TOKENS_PER_MINUTE",
    default: "60000000",
    meaning:
      "The tokens that are read and written for one tenant in a minute. Those that a stored state has read already are not counted. `0` is any number.",
    allowed: "an integer from 0 to 1000000000",
    parse: integer(0, 1_000_000_000),
  }),
  maxStoredBytes: setting({
    env: "TERN_MAX_STORED_BYTES",
    default: "0",
    meaning:
      "The bytes that are kept for one tenant, with the states of its responses. Whatever would go beyond is refused with 429 `insufficient_quota`. `0` is any number.",
    allowed: "an integer from 0 to 1000000000000000",
    parse: integer(0, 1_000_000_000_000_000),
  }),
  maxResponses: setting({
    env: "TERN_MAX_RESPONSES",
    default: "0",
    meaning:
      "The stored responses of one tenant. Further ones are refused with 429 `insufficient_quota`. `0` is any number.",
    allowed: "an integer from 0 to 1000000000",
    parse: integer(0, 1_000_000_000),
  }),
  maxConversations: setting({
    env: "TERN_MAX_CONVERSATIONS",
    default: "0",
    meaning:
      "The conversations of one tenant. Further ones are refused with 429 `insufficient_quota`. `0` is any number.",
    allowed: "an integer from 0 to 1000000000",
    parse: integer(0, 1_000_000_000),
  }),
  maxAgeDays: setting({
    env: "TERN_MAX_AGE_DAYS",
    default: "0",
    meaning:
      "The days after which a stored response is deleted, and a conversation that was not changed since. `0` is never.",
    allowed: "a number from 0 to 100000",
    parse: days,
  }),
  cacheBytes: setting({
    env: "TERN_CACHE_BYTES",
    default: "268435456",
    meaning:
      "The bytes of states that are kept for one tenant so that nothing is read twice: of prompts, system messages and conversations sent whole. The least recently used go first. `0` keeps none.",
    allowed: "an integer from 0 to 1000000000000000",
    parse: integer(0, 1_000_000_000_000_000),
  }),
  keyQuotas: setting({
    env: "TERN_KEY_QUOTAS",
    default: "",
    meaning:
      "Where single tenants differ from the settings above: a name from `TERN_API_KEYS`, or the digest of a key, and after it what is other for it, as in `acme bytes=1000000 age_days=7`.",
    allowed:
      "names or digests, each with `bytes`, `responses`, `conversations`, `age_days` or `cache_bytes` and a number, with commas between tenants and spaces between the rest",
    parse: keyQuotas,
  }),
  minFreeBytes: setting({
    env: "TERN_MIN_FREE_BYTES",
    default: "268435456",
    meaning:
      "The bytes that stay free on the disk of the database. With less, nothing new is stored (503 `store_unavailable`), so that there is room to finish answers and to delete; with less than four times as much, the log says that the disk is nearly full. `0` is any amount.",
    allowed: "an integer from 0 to 1099511627776",
    parse: integer(0, 1_099_511_627_776),
  }),
  maxConversationWaitMs: setting({
    env: "TERN_MAX_CONVERSATION_WAIT_MS",
    default: "60000",
    meaning:
      "How long a request with the header `Prefer: wait=SECONDS` may wait, in milliseconds, until nothing else is being added to its conversation. `0` lets none wait.",
    allowed: "an integer from 0 to 3600000",
    parse: integer(0, 3_600_000),
  }),
  corsOrigins: setting({
    env: "TERN_CORS_ORIGINS",
    default: "",
    meaning:
      "The origins whose pages may use the API from a browser, or from what is built on one. `null` is pages without an origin, as files are, but also any page in a sandboxed frame.",
    allowed:
      "origins like `https://app.example`, `app://obsidian.md` or `null`, with commas between them; `https://*.app.example` is all hosts below one, `chrome-extension://*` all of a scheme that is not the web's, `http://localhost:*` all ports of one's own machine; or `*` for all",
    parse: listOf(isOriginPattern),
  }),
  hosts: setting({
    env: "TERN_HOSTS",
    default: "",
    meaning:
      "The names by which requests may address a server without keys, besides `localhost`, `HOST` and any IP address. Others are refused with 403, since a web page could make its own name resolve to this server (DNS rebinding). With keys every name is answered.",
    allowed: "host names without ports, with commas between them, or `*` for any",
    parse: listOf(isHostName),
  }),
  maxBodyBytes: setting({
    env: "TERN_MAX_BODY_BYTES",
    default: "1048576",
    meaning: "The size of the largest request body that is read, in bytes.",
    allowed: "an integer from 1024 to 1073741824",
    parse: integer(1024, 1_073_741_824),
  }),
  maxImportBytes: setting({
    env: "TERN_MAX_IMPORT_BYTES",
    default: "268435456",
    meaning: "The size of the largest file that a conversation is imported from, in bytes.",
    allowed: "an integer from 1024 to 1099511627776",
    parse: integer(1024, 1_099_511_627_776),
  }),
  maxSockets: setting({
    env: "TERN_MAX_SOCKETS",
    default: "16",
    meaning: "The WebSockets that one tenant may have open at once, at each server.",
    allowed: "an integer from 0 to 100000",
    parse: integer(0, 100_000),
  }),
  socketIdleMs: setting({
    env: "TERN_SOCKET_IDLE_MS",
    default: "600000",
    meaning: "How long a WebSocket stays open on which nothing is asked, in milliseconds.",
    allowed: "an integer from 1000 to 3600000",
    parse: integer(1_000, 3_600_000),
  }),
  heartbeatMs: setting({
    env: "TERN_HEARTBEAT_MS",
    default: "15000",
    meaning:
      "How long a stream of events may be silent, in milliseconds, before a comment is sent that clients skip, so that proxies do not cut the connection. WebSockets are pinged after twice this time, or on Cloudflare get an event `tern.keep_alive`. `0` sends nothing.",
    allowed: "an integer from 0 to 3600000",
    parse: integer(0, 3_600_000),
  }),
  checkpointMs: setting({
    env: "TERN_CHECKPOINT_MS",
    default: "5000",
    meaning:
      "How often it is kept, in milliseconds, how far a text got that is being read into a conversation. What comes after is sent again if the server dies.",
    allowed: "an integer from 10 to 3600000",
    parse: integer(10, 3_600_000),
  }),
  stateSecrets: setting({
    env: "TERN_STATE_SECRETS",
    default: "",
    meaning:
      "What the states are sealed with that clients keep themselves. The first one seals, all of them open: to change it, put the new one first, and take the old one away when its states are no longer wanted. Without one no states are sealed.",
    allowed: `texts of ${MIN_SECRET_LENGTH} characters or more, with commas between them`,
    secret: true,
    parse: listOf(({ length }) => length >= MIN_SECRET_LENGTH),
  }),
  tokenSecrets: setting({
    env: "TERN_TOKEN_SECRETS",
    default: "",
    meaning:
      "What browser tokens are made with, which let a page use one conversation. The first one makes them, all of them are taken: taking a secret away ends the tokens that were made with it. Without one there are no browser tokens.",
    allowed: `texts of ${MIN_SECRET_LENGTH} characters or more, with commas between them`,
    secret: true,
    parse: listOf(({ length }) => length >= MIN_SECRET_LENGTH),
  }),
  statePrecision: setting({
    env: "TERN_STATE_PRECISION",
    default: STORED_PRECISION,
    meaning:
      "What the numbers of a stored response's state are written in. `f16` takes half the room; a state that has a number which does not fit is written in `f32`. States that were stored before are read in either case.",
    allowed: STATE_PRECISIONS.map((precision) => `\`${precision}\``).join(" or "),
    parse: oneOf(STATE_PRECISIONS),
  }),
  keptStates: setting({
    env: "TERN_KEPT_STATES",
    default: String(DEFAULT_STATES_PER_POWER),
    meaning:
      "How many states a chain of responses keeps: of the states after its turns 1, 2, 3 and so on, for each power of two those at so many of its latest multiples. With 2 that is about log2 of the turns. To go on from a response whose state was removed, what was read since the nearest kept one before it is read again, and gives the same bits. `all` removes none.",
    allowed: "an integer from 1 to 64, or `all`",
    parse: (text) => text === "all" ? Infinity : integer(1, 64)(text),
  }),
  sealedPrecision: setting({
    env: "TERN_SEALED_PRECISION",
    default: "f32",
    meaning:
      "What the numbers of a sealed state are written in. `f16` is half as long; the answer that follows may then differ in a word now and then.",
    allowed: STATE_PRECISIONS.map((precision) => `\`${precision}\``).join(" or "),
    parse: oneOf(STATE_PRECISIONS),
  }),
  strict: setting({
    env: "TERN_STRICT",
    default: "false",
    meaning:
      "Refuses a request with a field that has no effect here, instead of ignoring the field and naming it in the header `tern-ignored`. For those who develop clients.",
    allowed: "`true` or `false`",
    parse: (text) => text === "true" ? true : text === "false" ? false : undefined,
  }),
  metrics: setting({
    env: "TERN_METRICS",
    default: "off",
    meaning: "Who may read the metrics at `/metrics`.",
    allowed:
      "`off` (nobody), `open` (everybody), or the digest of a key for them, written as in TERN_API_KEYS",
    secret: true,
    parse: textThat((text) => text === "off" || text === "open" || isKeyDigest(text)),
  }),
  logLevel: setting({
    env: "TERN_LOG",
    default: "info",
    meaning: "The least serious entries that are logged.",
    allowed: LOG_LEVELS.map((level) => `\`${level}\``).join(", "),
    parse: oneOf(LOG_LEVELS),
  }),
} as const;
