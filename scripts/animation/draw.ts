import { escapeXml } from "../drawing.ts";
import { LEASE_MS, type Recording } from "./record.ts";

const [WIDTH, LINE, LEFT] = [760, 22, 24] as const;
/** Characters of a line. */
const COLUMNS = 84;
/** How long the whole animation takes, with a rest at the end, in seconds. */
const [PLAYED, REST] = [11, 4] as const;

/** Pieces that arrive within this time are drawn together, in seconds of the animation. */
const TOGETHER = 0.12;

const COLORS = {
  back: "#16181b",
  frame: "#33373d",
  ink: "#e6e6e3",
  dim: "#9aa1aa",
  good: "#9ccf8f",
  bad: "#ff8a80",
} as const;

/** A text that appears at a time and, where it says so, disappears at another. */
interface Shown {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly color: string;
  readonly from: number;
  readonly to?: number;
}

/** An animated SVG document of an answer whose server was killed. */
export function draw({ pieces, killedAt, startedAt, pids, isSame }: Recording): string {
  const end = pieces.at(-1)!.at;
  const scale = PLAYED / end;
  const at = (ms: number) => ms * scale;
  const all: Shown[] = [
    ...lines([
      ["$ curl -N 127.0.0.1:8000/v1/responses -d '{\"stream\": true, ...}'", COLORS.dim],
    ], 40),
  ];
  const { shown, height } = answer(pieces.map((piece) => ({ ...piece, at: at(piece.at) })));
  all.push(...shown);
  const foot = 40 + LINE * (height + 2.5);
  const status = (text: string, color: string, from: number, to?: number): Shown => ({
    ...{ x: LEFT, y: foot, text, color, from },
    ...to === undefined ? {} : { to },
  });
  const [killed, started] = [at(killedAt), at(startedAt)];
  all.push(
    status(`● server ${pids[0]} is answering`, COLORS.good, 0, killed),
    status(`✕ kill -9 ${pids[0]}`, COLORS.bad, killed, started),
    status(`● server ${pids[1]} goes on where the other was`, COLORS.good, started, PLAYED),
    status(
      isSame
        ? "● done: the same text as from a server that was not killed"
        : "● done: not the same text as from a server that was not killed",
      isSame ? COLORS.good : COLORS.bad,
      PLAYED,
    ),
  );
  const factor = scale * 1000;
  const pace = factor >= 1
    ? `played ${factor.toFixed(1)} times slower`
    : `played ${(1 / factor).toFixed(1)} times faster`;
  const bottom = foot + LINE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom}" width="${WIDTH}" ` +
    `role="img" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">`,
    `<title>An answer that survives kill -9</title>`,
    `<rect x=".5" y=".5" width="${WIDTH - 1}" height="${
      bottom - 1
    }" rx="10" fill="${COLORS.back}" stroke="${COLORS.frame}"/>`,
    `<text x="${
      WIDTH - LEFT
    }" y="${foot}" text-anchor="end" fill="${COLORS.dim}" font-size="11">TERN_LEASE_MS=${LEASE_MS}, ${pace}</text>`,
    ...all.map(element),
    "</svg>",
    "",
  ].join("\n");
}

function lines(texts: readonly (readonly [string, string])[], top: number): Shown[] {
  return texts.map(([text, color], i) => ({ x: LEFT, y: top + i * LINE, text, color, from: 0 }));
}

/** Breaks the answer into lines, and each line into parts that appear together. Times are in seconds. */
function answer(
  pieces: readonly { readonly text: string; readonly at: number }[],
): { shown: Shown[]; height: number } {
  const letters = pieces.flatMap(({ text, at }) => [...text].map((letter) => ({ letter, at })));
  const rows: { letter: string; at: number }[][] = [[]];
  let word: { letter: string; at: number }[] = [];
  const place = () => {
    if (rows.at(-1)!.length + word.length > COLUMNS) rows.push([]);
    rows.at(-1)!.push(...word);
    word = [];
  };
  for (const part of letters) {
    if (part.letter === "\n") {
      place();
      rows.push([]);
    } else {
      word.push(part);
      if (part.letter === " ") place();
    }
  }
  place();
  const shown = rows.flatMap((row, i) => {
    const parts: { from: number; column: number; text: string }[] = [];
    row.forEach(({ letter, at }, column) => {
      const last = parts.at(-1);
      if (last !== undefined && at - last.from < TOGETHER) last.text += letter;
      else parts.push({ from: at, column, text: letter });
    });
    return parts.map(({ from, column, text }) => ({
      ...{ x: LEFT + column * CHARACTER, y: 40 + LINE * (i + 1.4), text, color: COLORS.ink, from },
    }));
  });
  return { shown, height: rows.length };
}

/** The width of a character. The text is stretched to it, whatever the font. */
const CHARACTER = (WIDTH - 2 * LEFT) / COLUMNS;

function element({ x, y, text, color, from, to }: Shown): string {
  const cycle = PLAYED + REST;
  const key = (seconds: number) => Number((seconds / cycle).toFixed(4));
  const [values, times] = to === undefined
    ? ["0;1", `0;${key(from)}`]
    : ["0;1;0", `0;${key(from)};${key(to)}`];
  // What is shown from the start on is not animated, and everything is there for who sees no animations.
  const animation = from === 0 && to === undefined
    ? ""
    : `<animate attributeName="opacity" dur="${cycle}s" repeatCount="indefinite" calcMode="discrete" ` +
      `values="${from === 0 ? "1;0" : values}" keyTimes="${
        from === 0 ? `0;${key(to!)}` : times
      }"/>`;
  const length = (text.length * CHARACTER).toFixed(1);
  return `<text x="${
    x.toFixed(1)
  }" y="${y}" fill="${color}" xml:space="preserve" textLength="${length}" ` +
    `lengthAdjust="spacingAndGlyphs"${to === undefined ? "" : ' opacity="0"'}>${
      escapeXml(text)
    }${animation}</text>`;
}
