/** One event of a response's stream: its number, and its bytes as they came. */
export interface Frame {
  /** `undefined` for `[DONE]`. */
  readonly number: number | undefined;
  readonly text: string;
}

/** The stream was cut off before its end. */
export class CutOffError extends Error {
  override readonly name = "CutOffError";
}

/**
 * Reads the frames of a stream.
 *
 * @throws {CutOffError} if it ends without `[DONE]`
 */
export async function* frames(response: Response): AsyncGenerator<Frame> {
  let rest = "";
  try {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split("\n\n");
      rest = parts.pop()!;
      for (const part of parts) {
        const text = `${part}\n\n`;
        if (text === "data: [DONE]\n\n") {
          yield { number: undefined, text };
          return;
        }
        if (text.startsWith(":")) continue; // a comment, while nothing else comes
        // No answer here fails: the server could not read on.
        if (/^event: error$/m.test(text)) throw new CutOffError(text);
        // Resuming by `Last-Event-ID` relies on both being the same.
        const [, id, event] = /^id: (\d+)\n(.*)$/s.exec(text) ?? [];
        const number = /"sequence_number":(\d+)/.exec(text)?.[1];
        if (event === undefined || id !== number) throw new Error(`a wrong number: ${text}`);
        yield { number: Number(number), text: event };
      }
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CutOffError(error.message, { cause: error });
  }
  throw new CutOffError("the stream ended without [DONE]");
}

/**
 * Reads a response to its end, and begins again elsewhere whenever the stream is cut off: after the last event that came.
 *
 * @param urls gives the server to ask
 * @param after the number of the last event that is not wanted
 * @param first a stream that is there already
 * @param onFrame called with each frame
 */
export async function readOn(
  url: () => string,
  id: string,
  { after = -1, first, onFrame }: {
    readonly after?: number;
    readonly first?: AsyncGenerator<Frame>;
    readonly onFrame?: (frame: Frame) => void;
  } = {},
): Promise<string> {
  let text = "";
  let last = after;
  let stream = first;
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      if (stream === undefined) {
        const cursor = last < 0 ? "" : `&starting_after=${last}`;
        const response = await fetch(`${url()}/v1/responses/${id}?stream=true${cursor}`);
        if (response.status === 502 || response.status === 503) {
          throw new CutOffError(await response.text());
        }
        if (response.status !== 200) {
          throw new Error(`${response.status} ${await response.text()}`);
        }
        stream = frames(response);
      }
      for await (const frame of stream) {
        if (frame.number !== undefined && frame.number !== last + 1) {
          throw new Error(`event ${frame.number} came after event ${last}`);
        }
        text += frame.text;
        last = frame.number ?? last;
        onFrame?.(frame);
        if (frame.number === undefined) return text;
      }
    } catch (error) {
      // The server that was asked is gone, or goes while it answers.
      if (!(error instanceof CutOffError || error instanceof TypeError)) throw error;
    }
    stream = undefined;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${id} could not be read to its end`);
}

/** A stream without what differs from one response to another that says the same. */
export function withoutNames(text: string): string {
  return text.replaceAll(/(resp|msg|rs|fc|call|conv)_[0-9a-f]{48}/g, "$1_")
    .replaceAll(/"(created_at|completed_at)":\d+/g, '"$1":0')
    .replaceAll(/"background":(true|false)/g, '"background":0');
}
