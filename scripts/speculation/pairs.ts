/** A prompt, and an answer as a model that follows instructions gives it. */
export interface Pair {
  readonly kind: string;
  readonly prompt: string;
  readonly answer: string;
}

const NOTICE = `The river gauge at Aldham recorded 3.42 metres on Tuesday morning, the highest level
since March 2019. The council closed the lower bridge at six o'clock and opened the sports hall for
residents of Mill Lane. Water levels are expected to fall slowly from Thursday, although further rain
is forecast for the weekend. Residents who need sandbags should call the depot before noon. The depot
has four hundred bags in stock and gives out at most ten to each household.`;

const LETTER = `Dear Mrs. Okafor,

Thank you for your order of 12 oak chairs, which we recieved on 4 May. Unfortunately the workshop is
behind schedule, and we can not deliver them before the 20 June as we had promised. We would like to
offer you a discount of ten percent on the chairs, or to cancel the order free of charge if the delay
is not acceptable to you. Please let us know until the end of this week which of the two you prefer.

Kind regards,
Tom Lindqvist, Lindqvist Furniture`;

const TABLE = `name,department,city,started,salary
Maria Gonzalez,Engineering,Lisbon,2019-04-01,54000
Peter Novak,Support,Prague,2021-09-15,38500
Aisha Rahman,Engineering,Leeds,2018-01-08,61200
Jonas Weber,Sales,Hamburg,2022-02-01,45750
Linh Tran,Research,Lyon,2020-11-23,57300`;

const CODE = `export function parseDuration(text) {
  const match = /^(\\d+)(ms|s|m|h)$/.exec(text);
  if (match === null) throw new Error("not a duration: " + text);
  const value = Number(match[1]);
  switch (match[2]) {
    case "ms":
      return value;
    case "s":
      return value * 1000;
    case "m":
      return value * 60 * 1000;
    case "h":
      return value * 60 * 60 * 1000;
  }
}`;

const PYTHON = `class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        return self.items.pop()

    def peek(self):
        return self.items[-1]

    def is_empty(self):
        return len(self.items) == 0`;

const STORY =
  `Once upon a time a small brown fox lived at the edge of a great forest. Every evening she
walked down to the river to drink, and every evening an old heron stood there on one leg and said
nothing. One night the fox asked him why he never spoke. "Because nobody ever asked," said the heron,
and from then on he told her a story each evening until the moon went down.`;

const rows = TABLE.split("\n").slice(1).map((row) => row.split(","));
const json = (row: readonly string[]) => {
  const [name, department, city, started, salary] = row;
  return `  {\n    "name": "${name}",\n    "department": "${department}",\n    "city": "${city}",\n    "started": "${started}",\n    "salary": ${salary}\n  }`;
};

const sentences = NOTICE.replaceAll("\n", " ").split(/(?<=\.) (?=[A-Z])/);
const fenced = (language: string, code: string) => "```" + `${language}\n${code}\n` + "```";

/** Answers that repeat much of their prompts: quotes, edits, JSON from given data, code. */
export const GROUNDED: readonly Pair[] = [
  {
    kind: "quote",
    prompt: `${NOTICE}\n\nQuote the sentence about the bridge.`,
    answer: `The notice says: "${sentences[1]}"`,
  },
  {
    kind: "quote",
    prompt: `${NOTICE}\n\nWhich sentences are about sandbags? Quote them.`,
    answer: `These sentences are about sandbags:\n\n- "${sentences[3]}"\n- "${sentences[4]}"`,
  },
  {
    kind: "quote",
    prompt: `${STORY}\n\nWhat did the heron answer? Quote the whole sentence.`,
    answer:
      `"Because nobody ever asked," said the heron,\nand from then on he told her a story each evening until the moon went down.`,
  },
  { kind: "quote", prompt: `${NOTICE}\n\nRepeat the text word by word.`, answer: NOTICE },
  {
    kind: "quote",
    prompt: `${LETTER}\n\nWhat does the writer offer? Quote him.`,
    answer:
      `He writes: "We would like to\noffer you a discount of ten percent on the chairs, or to cancel the order free of charge if the delay\nis not acceptable to you."`,
  },
  {
    kind: "edit",
    prompt: `${LETTER}\n\nCorrect the spelling and grammar, and change nothing else.`,
    answer: LETTER.replace("recieved", "received").replace("can not", "cannot").replace(
      "the 20 June",
      "20 June",
    ).replace("until the end", "by the end"),
  },
  {
    kind: "edit",
    prompt: `${STORY}\n\nMake the fox a he.`,
    answer: STORY.replace("evening she", "evening he").replace("told her", "told him"),
  },
  {
    kind: "edit",
    prompt: `${NOTICE}\n\nReplace Aldham by Westford, and metres by meters.`,
    answer: NOTICE.replace("Aldham", "Westford").replace("metres", "meters"),
  },
  {
    kind: "edit",
    prompt: `${STORY}\n\nReplace the heron by an owl.`,
    answer: STORY.replaceAll(
      "an old heron stood there on one leg",
      "an old owl sat there on a branch",
    ).replaceAll("the heron", "the owl"),
  },
  {
    kind: "edit",
    prompt: `${LETTER}\n\nMake it 24 chairs, and fifteen percent.`,
    answer: LETTER.replace("12 oak", "24 oak").replace("ten percent", "fifteen percent"),
  },
  {
    kind: "json",
    prompt: `${TABLE}\n\nConvert this table to JSON.`,
    answer: `[\n${rows.map(json).join(",\n")}\n]`,
  },
  {
    kind: "json",
    prompt: `${TABLE}\n\nList those in engineering as JSON.`,
    answer: `[\n${rows.filter((row) => row[1] === "Engineering").map(json).join(",\n")}\n]`,
  },
  {
    kind: "json",
    prompt: `${
      JSON.stringify(Object.fromEntries(rows.map(([name, , city]) => [name, city])), null, 2)
    }\n\nAdd Kwame Mensah from Accra.`,
    answer: JSON.stringify(
      {
        ...Object.fromEntries(rows.map(([name, , city]) => [name, city])),
        "Kwame Mensah": "Accra",
      },
      null,
      2,
    ),
  },
  {
    kind: "json",
    prompt: `[\n${rows.map(json).join(",\n")}\n]\n\nRaise Peter Novak's salary to 40000.`,
    answer: `[\n${rows.map(json).join(",\n").replace("38500", "40000")}\n]`,
  },
  {
    kind: "json",
    prompt: `${TABLE}\n\nSort the rows by city, as CSV.`,
    answer: [
      TABLE.split("\n")[0],
      ...rows.toSorted((a, b) => a[2]! < b[2]! ? -1 : 1).map((row) => row.join(",")),
    ].join("\n"),
  },
  {
    kind: "code",
    prompt: `${fenced("js", CODE)}\n\nAdd days, with the unit d.`,
    answer: fenced(
      "js",
      CODE.replace("(ms|s|m|h)", "(ms|s|m|h|d)").replace(
        "60 * 60 * 1000;\n  }",
        '60 * 60 * 1000;\n    case "d":\n      return value * 24 * 60 * 60 * 1000;\n  }',
      ),
    ),
  },
  {
    kind: "code",
    prompt: `${fenced("js", CODE)}\n\nConvert it to TypeScript.`,
    answer: fenced(
      "ts",
      CODE.replace("parseDuration(text)", "parseDuration(text: string): number").replace(
        "  }\n}",
        '  }\n  throw new Error("unreachable");\n}',
      ),
    ),
  },
  {
    kind: "code",
    prompt: `${fenced("python", PYTHON)}\n\nRename push to add and pop to remove.`,
    answer: fenced(
      "python",
      PYTHON.replace("def push", "def add").replace("def pop", "def remove"),
    ),
  },
  {
    kind: "code",
    prompt: `${fenced("python", PYTHON)}\n\nAdd a method size.`,
    answer: fenced("python", `${PYTHON}\n\n    def size(self):\n        return len(self.items)`),
  },
  {
    kind: "code",
    prompt: `${fenced("python", PYTHON)}\n\nAdd type hints.`,
    answer: fenced(
      "python",
      PYTHON.replace("__init__(self):", "__init__(self) -> None:").replace(
        "push(self, item):",
        "push(self, item: object) -> None:",
      ).replace("pop(self):", "pop(self) -> object:").replace(
        "peek(self):",
        "peek(self) -> object:",
      ).replace("is_empty(self):", "is_empty(self) -> bool:"),
    ),
  },
];

/** Answers that have few words of their prompts. */
export const OTHERS: readonly Pair[] = [
  [
    "Why is the sky blue?",
    "Sunlight contains all colours. Air scatters short waves much more than long ones, so blue light reaches us from every direction, while red light mostly goes straight through. At sunset the path through the air is longer, most of the blue has been scattered away, and what is left looks orange and red.",
  ],
  [
    "How do I boil an egg?",
    "Bring a small pot of water to the boil and lower the egg in with a spoon. After six minutes the yolk is still soft, after eight it is waxy, and after ten it is firm. Put the egg into cold water for a minute so that it stops cooking and peels more easily.",
  ],
  [
    "Tell me about the sea.",
    "The sea covers more than two thirds of our planet. Its currents carry warmth from the equator towards the poles and shape the weather on every coast. Near the surface tiny plants make about half of the oxygen that we breathe; far below, where no light arrives, animals live on what sinks down to them.",
  ],
  [
    "What is a good name for a cat?",
    "That depends on its character. A quiet one might be called Willow or Misty, a bold one Rocket or Tiger, and a fat one Pudding. Many people choose food, such as Mochi, Olive or Biscuit. Short names with two syllables are the easiest to call across a garden.",
  ],
  [
    "Write a short poem about rain.",
    "Grey fingers tapping on the pane,\na silver hush in every lane,\nthe gutters sing, the rooftops shine,\nthe garden drinks its summer wine;\nand when the clouds have wandered by,\na second sun is in the road, and sky.",
  ],
  [
    "Explain recursion to a child.",
    "Imagine you stand in a queue and want to know your place. You ask the person in front of you, who does not know either and asks the next one. The first in line says one. Each then adds one and tells whoever asked. Everybody solved the same small problem, and together you got your number.",
  ],
  [
    "How can I sleep better?",
    "Go to bed at the same hour every day, also at weekends. Keep your room dark and cool, and leave your telephone outside. Avoid coffee after lunch and heavy meals late in the evening. If you cannot fall asleep, get up, read something dull in dim light, and return when you feel tired.",
  ],
  [
    "Who was Marie Curie?",
    "She was a physicist and chemist, born in Warsaw in 1867, who did most of her work in Paris. With her husband Pierre she discovered polonium and radium. She was the first woman to win a Nobel Prize and remains the only person honoured in two different sciences. During the First World War she drove mobile X-ray units.",
  ],
  [
    "Plan a weekend in Rome.",
    "Start on Saturday at the Colosseum, early, before the crowds, and walk through the Forum. Have lunch in Monti, then see the Pantheon and Piazza Navona. On Sunday visit the Vatican museums, cross the river to Trastevere for dinner, and finish with ice cream by the fountain. Comfortable shoes matter more than anything else.",
  ],
  [
    "What does a compiler do?",
    "It translates a program from the language in which people write into instructions that a machine can follow. First it splits text into words, then finds their structure, checks that types fit together, improves the result, and finally emits code. Errors that it finds early would otherwise surprise users at run time.",
  ],
  [
    "Is coffee healthy?",
    "For most adults three or four cups a day do no harm, and large studies even link them with a lower risk of diabetes and some diseases of the liver. Pregnant women should drink less. People whose heart races or who sleep badly do well to stop at noon, or to choose decaffeinated beans.",
  ],
  [
    "Describe a violin.",
    "A violin is a small wooden instrument with four strings, tuned in fifths from G to E. The player holds it under the chin, stops strings with the left hand and draws a bow of horsehair across them. Its arched body, carved from spruce and maple, makes the sound loud and warm.",
  ],
  [
    "How do vaccines work?",
    "They show the body a harmless part of a germ, or instructions to make such a part. Immune cells learn its shape, produce antibodies, and some of them remember it for years. When the real germ arrives, the defence starts within hours instead of days, often before any symptoms appear.",
  ],
  [
    "Give me an idea for dinner.",
    "Roast a tray of peppers, onions and chickpeas with cumin and olive oil for half an hour. Meanwhile cook couscous and stir yoghurt with lemon, garlic and mint. Pile everything on a big plate, add feta and toasted almonds, and let everyone help themselves. Leftovers make an excellent lunch.",
  ],
  [
    "Why do leaves change colour?",
    "In autumn trees take back the green pigment, because making and keeping it costs energy that they save for spring. Yellow dyes, which were there all summer, become visible. Red ones are made anew from sugar and may protect cells from bright cold light until the last nutrients have moved into the trunk.",
  ],
  [
    "How does a bicycle stay up?",
    "Mostly because it steers into a fall. When it leans to the left, geometry and the spinning front wheel turn the handlebar left too, which brings the wheels back under the rider. The faster it goes, the better this works; standing still, only tiny movements of the body keep balance.",
  ],
  [
    "What should I pack for camping?",
    "Bring a tent, a warm sleeping bag and a mat, a torch with spare batteries, matches in a dry bag, and a small stove with fuel. Add water, simple food, a knife, and a first aid kit. Layers of clothing beat one thick jacket. A book and a deck of cards cost little weight.",
  ],
  [
    "What is inflation?",
    "Inflation means that prices in general rise, so that the same money buys less. It can come from strong demand, from dearer energy or materials, or from more money in circulation. A little of it, around two percent a year, is usually seen as normal; central banks raise interest rates to slow it down.",
  ],
  [
    "Tell me a joke.",
    "A man walks into a library and asks for a sandwich. The librarian says, sorry, sir, you are in a library. Oh, of course, he answers, and whispers: could I please have a sandwich? She sighs, looks around, and whispers back that bread is on the third shelf, next to the history of toast.",
  ],
  [
    "How do I learn the guitar?",
    "Practise ten minutes every day rather than two hours on Sunday. Learn three chords, G, C and D, and change between them slowly until your fingers find the strings alone. Choose songs that you love. Your fingertips will hurt for a few weeks, which passes. Record yourself now and then to hear progress.",
  ],
].map(([prompt, answer]) => ({ kind: "other", prompt: prompt!, answer: answer! }));
