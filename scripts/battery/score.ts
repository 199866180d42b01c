import { containsValue, wordsOf } from "../recall/contains_value.ts";
import type { Check } from "./item.ts";

/** A call of a function, its arguments read from JSON. */
export interface Call {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The last answer of a conversation. */
export interface Answer {
  readonly text: string;
  readonly calls: readonly Call[];
  /** Whether it ended by itself, and not at the limit of tokens. */
  readonly ended: boolean;
}

/**
 * Whether an answer is right, by rules alone.
 *
 * @param asked what the user said last
 */
export function isRight(answer: Answer, check: Check, asked: string): boolean {
  const { text } = answer;
  switch (check.kind) {
    case "contains":
      return check.any.some((value) => containsValue(text, value));
    case "honest":
      return saysUnknown(text, asked);
    case "number":
      return lastNumber(text) === check.value;
    case "story":
      return answer.ended && isStory(text, check.words);
    case "call":
      return answer.calls.length === 1 && isCall(answer.calls[0]!, check);
    case "matches":
      return new RegExp(check.pattern, check.case ? "u" : "iu").test(text);
  }
}

const UNKNOWN = new RegExp(
  [
    "(?:do|did|does|can|could|would|will)(?: not|n['\u2019]?t)(?: really| even| yet)? (?:know|tell|say|see|remember|answer|have)",
    "(?:cannot|can not|can't|cant)(?: really)? (?:know|tell|say|see|remember|answer|look|give|help|do|work|translate|calculate)",
    "(?:have|has)(?: not|n't) (?:told|said|heard)",
    "(?:am|i'm|i\u2019m) not (?:sure|able)",
    "no (?:idea|way to know|clue)",
    "never heard",
    "(?:nobody|no one|only you)(?: can| could)? knows?",
    "nobody can (?:see|tell|know)",
    "(?:is|are|that's) (?:too hard|too difficult|more than i know)",
    "unknown to me",
  ].join("|"),
  "iu",
);

const GUESS =
  /\bi (?:think|guess|believe|suppose|would say|bet|heard|assume)\b|\b(?:maybe|probably|perhaps)\b/iu;

/**
 * Whether an answer says that something is not known and then invents nothing: no number, no guess, and no name that was not in
 * the question.
 */
export function saysUnknown(text: string, asked: string): boolean {
  if (!UNKNOWN.test(text) || /\d/.test(text) || GUESS.test(text)) return false;
  return [...text.matchAll(NAME)].every(([name]) => name === "Tern" || containsValue(asked, name));
}

const NUMBER_WORDS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    .split(" ");

/** The last number of a text, in figures or as a word up to twenty. */
export function lastNumber(text: string): number | undefined {
  const numbers = wordsOf(text).map((word) =>
    /^\d+$/.test(word) ? Number(word) : NUMBER_WORDS.indexOf(word)
  );
  return numbers.findLast((number) => number >= 0);
}

const SENTENCE_END = /[.!?]["')]*(?=\s|$)/u;
const NAME = /(?<=[\p{Ll},;:]["']? )(?!I\b|I'|Mr|Mrs|The\b)\p{Lu}\p{Ll}+/gu;
/** Days, months and feasts are no names of anybody. */
const NO_NAMES =
  /^(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August|September|October|November|December|Christmas|Easter|God|Earth|English|Mom|Dad|Mommy|Daddy|Grandma|Grandpa|Mama|Papa)$/;

/**
 * Whether a text is a story: it has the words (or their plurals), at least five sentences, ends with a whole sentence, says
 * none three times over, and keeps its names: at most four people, of whom none comes in for the first time at the end.
 */
export function isStory(text: string, words: readonly string[]): boolean {
  if (!words.every((word) => hasWord(text, word))) return false;
  if (!/[.!?]["')]*$/u.test(text.trim())) return false;
  const sentences = text.split(SENTENCE_END).map((part) => part.trim()).filter((part) => part);
  if (sentences.length < 5) return false;
  const counts = Map.groupBy(sentences, (sentence) => sentence);
  if ([...counts.values()].some((same) => same.length > 2)) return false;
  return keepsNames(text);
}

function hasWord(text: string, word: string): boolean {
  const forms = [word, `${word}s`, `${word}es`, word.replace(/y$/, "ies")];
  return forms.some((form) => containsValue(text, form));
}

function keepsNames(text: string): boolean {
  const found = [...text.matchAll(NAME)].map(({ 0: name, index }) => ({ name, index }))
    .filter(({ name }) => !NO_NAMES.test(name));
  const names = new Set(found.map(({ name }) => name));
  if (names.size > 4) return false;
  // Where a name stands first, at the head of a sentence or within one.
  const first = (name: string) => text.search(new RegExp(`\\b${name}\\b`, "u"));
  return [...names].every((name) => first(name) < text.length * 0.8);
}

/** Whether a call has the name and all the arguments, and no others but empty ones. */
export function isCall(call: Call, check: Extract<Check, { kind: "call" }>): boolean {
  if (call.name !== check.name) return false;
  const given = Object.entries(call.arguments).filter(([, value]) =>
    value !== "" && value !== null
  );
  return given.every(([key]) => key in check.arguments) &&
    Object.entries(check.arguments).every(([key, wanted]) => {
      const value = call.arguments[key];
      return wanted.some((one) => sameValue(value, one));
    });
}

function sameValue(value: unknown, wanted: string | number): boolean {
  if (typeof value !== "string" && typeof value !== "number") return false;
  if (typeof wanted === "number") return Number(value) === wanted;
  return wordsOf(`${value}`).join(" ") === wordsOf(wanted).join(" ");
}
