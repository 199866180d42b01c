/** The server refused a request. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(readonly status: number, readonly code: string | null, message: string) {
    super(message);
  }
}

/** What a request is made of. */
export interface ApiRequest {
  readonly method?: "GET" | "POST" | "DELETE" | "HEAD";
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Names the request, so that it has one effect however often it is sent. */
  readonly once?: string;
}

/** What an {@linkcode Api} asks of the page around it. */
export interface ApiPorts {
  /** Asks the user for an API key. @returns `false` if there is none */
  readonly askForKey: (refused: boolean) => Promise<boolean>;
  /** Told whether the server can be reached. */
  readonly onConnection: (reached: boolean) => void;
  /** Sends a request. @default {fetch}, which sends it to the server that the page came from */
  readonly send?: (path: string, init: RequestInit) => Promise<Response>;
}

const KEY = "tern.key";

/** The first pause before a request is sent again, in milliseconds; each is twice as long as the one before. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;

/** Statuses after which a request may succeed if it is sent again. */
const PASSING: ReadonlySet<number> = new Set([502, 503, 504]);

/** Talks to the server that the page came from. */
export class Api {
  readonly #ports: ApiPorts;

  constructor(ports: ApiPorts) {
    this.#ports = ports;
  }

  get key(): string {
    return localStorage.getItem(KEY) ?? "";
  }

  set key(key: string) {
    if (key === "") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, key);
  }

  /**
   * Sends a request once. Asks for an API key if the server wants one.
   *
   * @throws {ApiError} if it is refused
   * @throws {TypeError} if the server cannot be reached
   */
  async fetch(path: string, request: ApiRequest = {}): Promise<Response> {
    const { method = "GET", json, body, headers, signal, once } = request;
    const { send = (path: string, init: RequestInit) => fetch(path, init) } = this.#ports;
    for (;;) {
      const { key } = this;
      const reply = await send(path, {
        method,
        headers: {
          ...json === undefined ? {} : { "content-type": "application/json" },
          ...key === "" ? {} : { authorization: `Bearer ${key}` },
          ...once === undefined ? {} : { "idempotency-key": once },
          ...headers,
        },
        ...json === undefined ? body === undefined ? {} : { body } : { body: JSON.stringify(json) },
        ...signal === undefined ? {} : { signal },
      });
      this.#ports.onConnection(true);
      if (reply.status === 401 && (key !== this.key || await this.#ports.askForKey(key !== ""))) {
        continue;
      }
      if (reply.ok) return reply;
      throw await errorOf(reply);
    }
  }

  /**
   * Sends a request until the server replies. Only for requests that may be repeated: those with a name or without an
   * effect.
   *
   * @throws {ApiError} if it is refused
   */
  async persist(path: string, request: ApiRequest = {}): Promise<Response> {
    for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        return await this.fetch(path, request);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (error instanceof ApiError && !PASSING.has(error.status)) throw error;
        this.#ports.onConnection(false);
      }
      await sleep(pause, request.signal);
    }
  }

  /** The JSON of a reply. @throws what {@linkcode persist} throws */
  async json<T>(path: string, request: ApiRequest = {}): Promise<T> {
    return await (await this.persist(path, request)).json();
  }
}

/** What a refusal says. */
async function errorOf(reply: Response): Promise<ApiError> {
  const { status } = reply;
  try {
    const { error: { message, code } } = await reply.json();
    return new ApiError(status, code, message);
  } catch {
    return new ApiError(status, null, `The server replied with ${status}.`);
  }
}

/** Waits. @throws the signal's reason if it aborts */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function stop() {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    function done() {
      signal?.removeEventListener("abort", stop);
      resolve();
    }
    if (signal?.aborted) return stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** A name for a request, as no other has it. `crypto.randomUUID` is only there with TLS. */
export function newName(): string {
  return Array.from(
    crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** What to show of an error. */
export function describe(error: unknown): string {
  if (error instanceof TypeError) return "The server cannot be reached.";
  return error instanceof Error ? error.message : String(error);
}
