/** The server replied with an error. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(readonly status: number, readonly code: string | null, message: string) {
    super(message);
  }
}

/** A request to the API. */
export interface ApiRequest {
  readonly method?: "GET" | "POST" | "DELETE" | "HEAD";
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** The idempotency key: a repeated request has no further effect. */
  readonly once?: string;
}

/** Callbacks of an {@linkcode Api}. */
export interface ApiPorts {
  /** Asks the user for an API key. @returns `false` if the user gives none */
  readonly askForKey: (refused: boolean) => Promise<boolean>;
  /** Called with whether the server is reachable. */
  readonly onConnection: (reached: boolean) => void;
  /** Sends a request. @default {fetch}, which sends it to the page's server */
  readonly send?: (path: string, init: RequestInit) => Promise<Response>;
}

const KEY = "tern.key";

/** Initial delay of the exponential backoff between retries, in milliseconds. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;

/** Statuses after which a retry may succeed. */
const TRANSIENT: ReadonlySet<number> = new Set([502, 503, 504]);

/** A client of the server that the page came from. */
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
   * Sends a request without retries. Asks for an API key if the server requires one.
   *
   * @throws {ApiError} if the server replies with an error
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
   * Sends a request, and retries transient failures with exponential backoff. Only for idempotent requests: those with
   * an idempotency key or without side effects.
   *
   * @throws {ApiError} if the server replies with any other error
   */
  async persist(path: string, request: ApiRequest = {}): Promise<Response> {
    for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        return await this.fetch(path, request);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (error instanceof ApiError && !TRANSIENT.has(error.status)) throw error;
        this.#ports.onConnection(false);
      }
      await sleep(pause, request.signal);
    }
  }

  /** Sends a request like {@linkcode persist} and parses the reply as JSON. */
  async json<T>(path: string, request: ApiRequest = {}): Promise<T> {
    return await (await this.persist(path, request)).json();
  }
}

/** The error of a reply. */
async function errorOf(reply: Response): Promise<ApiError> {
  const { status } = reply;
  try {
    const { error: { message, code } } = await reply.json();
    return new ApiError(status, code, message);
  } catch {
    return new ApiError(status, null, `The server replied with ${status}.`);
  }
}

/** Waits for `ms` milliseconds. @throws the signal's reason if it aborts first */
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

/** A unique name, for an idempotency key. `crypto.randomUUID` is only available over TLS. */
export function newName(): string {
  return Array.from(
    crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** The message to show for an error. */
export function describe(error: unknown): string {
  if (error instanceof TypeError) return "The server cannot be reached.";
  return error instanceof Error ? error.message : String(error);
}
