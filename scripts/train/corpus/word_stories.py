"""Stories from words that the user gives: the words occur in them, the names stay the same, and they come to an end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from corpus.small_talk_templates import fix_articles, pick
from corpus.stories_tables import ANIMAL_KINDS, ANIMAL_NAMES_HE, ANIMAL_NAMES_SHE, BOY_NAMES, GIRL_NAMES
from corpus.values import Values
from corpus.wordings import capital, document, options, say, typed

THINGS = options("""
ball / kite / lantern / boat / drum / key / hat / umbrella / basket / bell / book / spoon / candle / mirror / clock / blanket / pillow / ladder / bucket / scarf / button / ring / map / flute / broom / teapot / shoe / rope / stone / feather / balloon / wagon / bottle / coin / letter / box / bag / whistle / violin / chair / bicycle / sled / net / crown / needle / pencil / paintbrush / shovel / hammer / cup / glove / coat
star / cloud / leaf / flower / tree / rock / shell / stick / snowball / rainbow / puddle / seed / nut / pinecone / snowflake / sunflower / mushroom / moon / river / rose
cake / apple / cookie / pie / carrot / pumpkin / egg / pear / loaf of bread / jar of honey / lollipop / sandwich / banana / pancake / cherry / lemon / muffin / strawberry / potato / cheese
bird / cat / dog / frog / horse / mouse / fish / duck / owl / bear / rabbit / snail / turtle / butterfly / bee / goat / lion / elephant / monkey / squirrel / spider / goose / donkey / crow / whale / dragon / ladybug / hen / fox / deer / worm / pony / tiger / parrot / swan
robot / train / truck / rocket / tractor / castle / bridge / tower / house / barn / garden / window / door / well / cave / hill / island / tent / swing / bench / nest / fence / chimney / ship / bus / plane / farmer / baker / king / queen / giant / witch / fairy / sailor / wizard / pirate / doctor / grandmother / knight / clown / ghost
""")
_REQUESTS = options("""
[Tell|Please tell|Can you tell|Could you tell|Will you tell|I want you to tell] me a [short |little |nice |small |bedtime |]story about {a} and {b}[.|, please.|?]
[Write|Please write|Can you write|Could you write|I would like|I want|Make up|Invent] a [short |little |nice |funny |]story [about|with] {a} and {b}[.|, please.|?| for me.]
[Write|Tell me|Make up|Give me] a [short |little |]story [with|using|that has|containing|that uses] [the words|these words|these two words|both words|the two words][:|] {qa} and {qb}.
[Use|Take] the words {qa} and {qb} in a [short |little |]story. / [My|The|Our] [two |]words are {qa} and {qb}. [Tell me a story|Write a story|Make a story of them|Can you make a story|Please write a story with them].
A [short |little |]story [about|with] {a} and {b}, please. / Story: {wa}, {wb} / [story about|write a story about|tell a story about|a story with] {wa} and {wb} / {A} and {b}. [Make a story|Tell me a story|Story, please|Write a story].
Can {a} and {b} be in [a|one|your] story? / [I have two words for a story|Two words for a story|Here are two words]: {wa} and {wb}. / Do you know a story [about|with] {a} and {b}? / I'd like to hear a story about {a} and {b}.
Words: {wa}, {wb}. Write a [short |]story. / [Let us|Let's] have a story with {a} and {b}. / Once more a story, now with {a} and {b}. / Please make a story. It should have {a} and {b} in it. / Tell my [son|daughter|child|little girl|little boy] a story about {a} and {b}[.|, please.]
There should be {a} and {b} in the story. [Can you write it|Please tell it|Tell it to me][?|.] / Tell a tale [about|of] {a} and {b}. / What happens if {a} meets {b}? Tell me a story. / [My daughter|My son|My class|Our child] wants a story with {a} and {b} in it.
""")
_COMPOSED = options("""
{ask} {story} {link} {a} and {b}{end} / {ask} {story} {link} {a} and {b}{end} / {ask} {story}{end2} {Both} / {ask} {story}{end2} The words [for it|] are {qa} and {qb}. / {Both} {ask} {story}{end} / [For|It is for] my {kid}: {ask} {story} {link} {a} and {b}{end} / {A} and {b}: {ask} {story} {link2}{end}
{because} {ask} {story} {link} {a} and {b}{end} / {ask} {story} {where} {a} [meets|finds|sees|helps|loses|wants|looks for|talks to] {b}{end} / {ask} {story} {where} there is {a} and [also |]{b}{end} / {ask} {story} {where} somebody [finds|has|loses|wants] {a} and {b}{end}
""")
_PARTS = dict(
    ask=options("tell me / tell us / tell / write / write me / write down / make up / make me / invent / please tell / please write / please make up / can you tell me / can you write / could you write / could you make up / can you invent / would you tell me / would you write / will you tell us / I want / I want to hear / I would like / I would like to hear / I'd love / I'd love to hear / I wish for / give me / give us / let me hear / let us hear / we want / we would like / think of / read me / start / create / can I have / could we have / may I hear / come up with / how about / do you have / do you know / say"),
    story=options("a story / a story / a story / a short story / a little story / a nice story / a funny story / a bedtime story / a fairy tale / a tale / a small tale / a new story / a happy story / a story for children / an adventure / an exciting story / a sweet story / a good-night story / a quick story / a made-up story / one of your stories"),
    link=options("about / about / with / with / of / that has / in which there are / that is about / containing / using / built around / made from / on / which is about / where we meet / full of / around"),
    link2=options("about them / with both / with these two / with both of them / that has both / about the two / of these"),
    where=options("in which / where / in which / about how"),
    because=options("I cannot sleep. / I am bored. / It is raining. / It is late. / We are on a train. / I had a bad day. / The children are in bed. / It is story time. / I like your stories. / We have some time left. / I am in bed. / My little one is tired. / That was nice. Now / One more: / And now / Next,"),
    both=options("There must be {a} and {b} in it. / {A} and {b} have to be in it. / Put {a} and {b} in. / I want {a} and {b} in it. / Use {qa} and {qb}. / It is about {a} and {b}. / It has {a}, and it has {b}. / First there is {a}, then {b}. / Both {a} and {b} should be in it. / Please put in {a}, and {b} too. / Do not forget {a} and {b}. / With {a} and {b}, please."),
    kid=options("son / daughter / little sister / brother / children / class / grandson / granddaughter / friends / baby / kids / niece"),
    end=options(". / . / , please. / ? / ! /  / , if you can. / , will you? / for me. / for us."),
    end2=options(". / , please. / ! / ?"),
)


def _request(random: Random, slots: dict[str, str]) -> str:
    """A request for a story, out of a list or put together."""
    if random.random() < 0.45:
        return say(random, pick(random, _REQUESTS), **slots)
    parts = {name: say(random, pick(random, choices), **slots) for name, choices in _PARTS.items()}
    text = say(random, pick(random, _COMPOSED), **parts, **slots)
    text = re.sub(r"(?<=\w)(for (me|us)\.)", r" \1", text)
    text = re.sub(r"\s+([.,?!])", r"\1", text).strip()
    return re.sub(r"(?<=[.!?] )([a-z])", lambda match: match[1].upper(), capital(text))


_OPENERS = options("Here is a story for you. / Of course! Here is a story. / Gladly! / Here is your story. / All right. / Sure!")

#: Lines of a plot; each line has wordings divided by ` / `, and `? ` before one that may be left out.
PLOTS = tuple(block.strip() for block in """
[Once upon a time|One day|Long ago|Once|There was a time when] [there was a|a] {kind} called {h} [found|who found] {a}. / [One sunny morning|One morning|One day], {a kind} named {h} found {a} near the road. / {H} the {kind} [loved to look for things|was always curious]. One day {he} found {a}.
"[What a fine|What a lovely|Look, a] {wa}!" said {h}. / {H} had never seen {a} like this before. / {H} was very happy [about it|] and wanted to keep the {wa}.
? {He} took the {wa} home and [showed it to everyone|thought about it all night]. / {He} looked at it from all sides.
But then {f} came by. "[Please help me|Oh no|I am so sad]," said {f}. "[I have lost my {wb}|My {wb} is gone]!" / Then {he} heard somebody cry. It was {f}, {his} friend. "I cannot find my {wb}," said {f}.
"[Do not cry|Do not worry]," said {h}. "[I will help you|We will find it together]." [They looked everywhere.|They looked up and down.|They looked all day.]
[At last|In the end|After a long time], they saw the {wb} [behind a big tree|under a bush|by the water|on top of a hill|next to the old wall]. [It was right next to the {wa}!|The {wa} had shown them the way.|How happy they were!]
[{F} hugged {h}.|"Thank you, {h}!" said {f}.|{F} laughed with joy.] [From that day on|After that|From then on], {h} and {f} [were best friends|shared everything|played together every day], [with the {wa} and the {wb}|and they never lost the {wb} again|and they were very happy]. [The end.|]
==
[Once there was|There once was|Once upon a time there was] {a kind} called {h} who [wanted|wished for] nothing more than {a}. / {H} was {a kind} with one big wish: {a}.
Every [day|night|evening], {h} [dreamed of it|thought of the {wa}|wished for the {wa}]. / {H} had no money, so {he} could not [get|have] one.
One day, {he} met {a elder}. "[I will give you the {wa}|You can have my {wa}]," [said|promised] the {elder}, "if you bring me {b}." / An old woman said, "Bring me {b}, and the {wa} is yours."
[It was a long way.|It was not easy.|So {h} set out.] {H} walked [over the hills|through the forest|along the river|past the big lake] and asked everybody about the {wb}. 
? "I am tired," said {h}, "but I will not give up."
[At last|In the evening|After three days], {f} [said|told {him}], "I have {b}. You may take it, because you are [kind|polite|so brave]." / Then {f} came along and [helped|gave] {him}[ find| ] the {wb}.
{H} [ran back|went back] with the {wb}. [And so|Then] the wish came true: {h} got the {wa}. / {H} brought the {wb}, and [got the {wa}|was given the {wa}] at last.
[{He} thanked everyone and went home happy.|{He} invited {f} to tea, and they were friends for ever.|And {he} learned that a wish comes true if you do not give up.] [The end.|]
==
[Deep in the forest|By the sea|In a small village|On a hill|Near a river] there lived {a} and {b}. / Once there were {a} and {b} who lived [side by side|in the same place|in a small village].
[They did not like each other.|They had never talked to each other.|They were quite different, but good friends.] / Everybody said that {a} and {b} could not be friends.
One [day|night|winter day], {a kind} called {h} came along. [{He} was hungry and cold.|{He} had lost the way.|{He} looked very sad.]
"[Can you help me|Who will help me]?" asked {h}. [The {wa} and the {wb} looked at {him}.|Nobody said a word at first.]
[So the {wa} and the {wb} helped {h} together.|The {wa} gave {him} light, and the {wb} gave {him} hope.|Together, the {wa} and the {wb} showed {h} the way home.]
"[Thank you|You are so kind]!" said {h}. {He} [smiled|danced with joy] and went home safe and sound.
And the {wa} and the {wb}? [They were friends from that day on.|They never were alone again.|They sat together every evening and talked about {h}.] [The end.|]
==
{H} the {kind} could not sleep. [Outside|Through the window], {he} saw {a} in the moonlight. / One night, {h} the {kind} woke up. There was {a} in front of the house!
"[Come with me|Follow me]," [it seemed to say|a soft voice said]. So {h} put on [{his} boots|a warm coat] and went out.
The {wa} [led|took] {him} [through the dark wood|over the hill|down to the river]. And there stood {b}. / They went a long way. At the end of the path, {h} saw {b}.
"[How beautiful|How strange|I must be dreaming]!" whispered {h}. / {H} was a little afraid, but {he} was brave.
? {F} was there, too. "I come here every night," said {f}. 
[They played with the {wb} until the sky was light.|{He} touched the {wb}, and it began to shine.|They sat by the {wb} and told each other stories.]
[Then it was time to go home.|When the sun came up, the {wa} was gone.] {H} [went back to bed|lay in {his} bed again] and [slept well|smiled]. [Was it a dream? In {his} hand there was a tiny star.|It was the best night of {his} life.|{He} never forgot the {wa} and the {wb}.] [The end.|]
==
It was the birthday of {h} the {kind}. {F} wanted to make {him} a [nice|special] present. / Tomorrow was {h}'s birthday, and {f} [needed|wanted] a present for {him}.
[First|At first] {f} thought of {a}. "[But everybody has|{h} does not need] {a}," {fhe} said. / "[Shall I give {him}|How about] {a}?" {f} asked. "Or {b}?"
Then {fhe} saw {b}. "That is it!" [{f} said.|{fhe} cried.] / {F} went to the market and saw {b}. It was just right.
But on the way home, {f} [fell|slipped] and [the {wb} rolled away|the {wb} fell into the mud|lost the {wb}]. {Fhe} [cried|was so sad].
{H} came and [said|asked], "[Why are you crying|What is the matter]?" {F} told {him} everything.
"[You are my friend|I have you]," said {h}. "[That is the best present|I need no other present]." Then they [looked for the {wb}|picked up the {wb}] together[ and found it|].
[In the evening|Later] they sat with the {wa} and the {wb} and ate [cake|pie]. It was the best birthday ever. [The end.|]
==
[There was once|Once there was] {a kind} named {h} who was [afraid of|scared of] {a}. / {H} the {kind} was afraid of only one thing: {a}.
[When {he} saw the {wa}, {he} ran away|{He} hid under the bed when anybody spoke of it]. [The others laughed.|"It will hurt me," {he} said.|Everybody knew it.]
One day, {f} [fell into the river|was lost in the snow|was stuck in a tree|called for help]. [Only|The only way was with] the {wa} [could help.|. ]
{H} [shook with fear|was very afraid]. But {he} thought of {f} and [took|held on to] {b}. 
[With the {wb} in {his} hand|Holding the {wb}], {h} walked up to the {wa}. [And nothing bad happened!|It was not so bad at all.|The {wa} did not hurt {him}.]
So {f} was saved. "You are [the bravest {kind} I know|so brave]!" said {f}.
[After that|From that day on], {h} was never afraid of the {wa} again. And {he} [always|] kept the {wb} [to remember|] [that day|for ever]. [The end.|]
==
{H} and {f} [played|were] in the garden when they saw {a}. / One [rainy|windy|cold] day, {h} and {f} found {a} in the [garden|street|forest].
"[It is mine|I saw it first]!" said {h}. "No, [mine|it is mine]!" said {f}. They [fought|shouted] and were angry.
Then {a elder} came by with {b}. "[Why do you fight|What is going on here]?" asked the {elder}.
"[I want the {wa}|We both want the {wa}]," they said. The {elder} [thought for a while|smiled].
"[Look at this {wb}|I have only one {wb}]," the {elder} said. "[I share it with my brother|It is much nicer if two have it]. [Why don't you do the same?|Try it.]"
{H} looked at {f}. "[I am sorry|Let us share the {wa}]," said {h}. "[I am sorry, too|Yes, let us share]," said {f}.
So they [shared the {wa}|played with the {wa} together], and the {elder} [let them hold the {wb}|gave them the {wb}, too]. [They learned that sharing is fun.|It was much more fun for two.] [The end.|]
""".split("=="))
_ELDERS = options("old man / old woman / baker / shepherd / wise owl / gardener / sailor / farmer / tortoise / grandmother")


def _slots(random: Random, a: str, b: str) -> dict[str, str]:
    kind = pick(random, ("girl", "boy", *ANIMAL_KINDS[:18]) if random.random() < 0.6 else ("girl", "boy"))
    she = kind == "girl" or (kind != "boy" and random.random() < 0.5)
    if random.random() < 0.3:
        values = Values(random)
        name, friend = values.person_name(), values.person_name()
    else:
        women, men = (GIRL_NAMES, BOY_NAMES) if kind in ("girl", "boy") else (ANIMAL_NAMES_SHE, ANIMAL_NAMES_HE)
        name = pick(random, women if she else men)
        friend = pick(random, GIRL_NAMES)
    while friend == name:
        friend = pick(random, GIRL_NAMES + BOY_NAMES)
    friend_she = friend in GIRL_NAMES or random.random() < 0.5
    return dict(
        h=name, kind=kind, he="she" if she else "he", his="her" if she else "his", him="her" if she else "him", f=friend, fhe="she" if friend_she else "he",
        elder=pick(random, [elder for elder in _ELDERS if a not in elder and b not in elder]), wa=a, wb=b, a=f"a {a}", b=f"a {b}",
    )


def plotted(random: Random, a: str, b: str) -> str:
    """A story with the two words."""
    slots = _slots(random, a, b)
    lines = []
    for line in pick(random, PLOTS).splitlines():
        if line.startswith("? "):
            if random.random() < 0.4:
                continue
            line = line[2:]
        line = pick(random, options(line)).replace("{a kind}", "a {kind}").replace("{a elder}", "a {elder}")
        text = re.sub(r" +", " ", say(random, line, **slots)).strip()
        lines.append(text.replace(" .", ".").replace(" ?", "?"))
    breaks = random.random()
    joined = ""
    for i, line in enumerate(lines):
        joined += line if i == 0 else ("\n" if breaks < 0.4 and i in (2, 4, 6) else " ") + line
    return fix_articles(joined)


_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset("""
the and was were that with for had his her him she they them there then what when who all one day very not but said you your are can from into out their have had has went
""".split())


class TinyWords:
    """Stories that others wrote, asked for by two nouns that are in them."""

    def __init__(self, stories: Sequence[str]):
        self._stories = [story for story in stories if 200 < len(story) < 1300]
        known = set(THINGS)
        self._words = []
        for story in self._stories:
            counts = Counter(_WORD.findall(story.lower()))
            self._words.append([word for word, count in counts.items() if word in known and count >= 1])

    def __bool__(self) -> bool:
        return bool(self._stories)

    def draw(self, random: Random) -> tuple[str, str, str] | None:
        """Two words and a story that has them, or None."""
        for _ in range(20):
            i = random.randrange(len(self._stories))
            if len(self._words[i]) >= 2:
                a, b = random.sample(self._words[i], 2)
                return a, b, self._stories[i]
        return None


def word_story_exchange(random: Random, written: TinyWords | None = None, words: Sequence[str] = THINGS) -> tuple[str, str]:
    """A request for a story with two words, and the story."""
    drawn = written.draw(random) if written and random.random() < 0.25 else None
    if drawn:
        a, b, story = drawn
    else:
        a, b = random.sample(words if random.random() < 0.7 else THINGS, 2)
        story = plotted(random, a, b)
    quote = pick(random, ('"', "", "'", ""))
    bare = random.random() < 0.25
    slots = dict(
        a=a if bare else pick(random, (f"a {a}", f"a {a}", f"the {a}")), b=b if bare else f"a {b}",
        wa=a, wb=b, qa=f"{quote}{a}{quote}", qb=f"{quote}{b}{quote}",
    )
    user = fix_articles(typed(random, _request(random, slots), 0.25, 0.0))
    if random.random() < 0.15:
        story = f"{pick(random, _OPENERS)}\n{story}"
    return user, capital(story)


def word_story_document(random: Random, written: TinyWords | None = None, words: Sequence[str] = THINGS) -> str:
    """One or two such stories."""
    return document([word_story_exchange(random, written, words) for _ in range(random.choice((1, 1, 1, 2)))])


def story_words(data: Path | None) -> list[str]:
    """Nouns for stories: those above, and concrete ones of the lists."""
    words = list(THINGS)
    if data is not None:
        for line in (data / "lists.tsv").read_text().splitlines()[1:]:
            kind, item, _ = line.split("\t")
            if kind in ("animal", "thing", "container", "fruit", "vegetable", "flower", "piece of clothing") and item.islower() and item.count(" ") <= 1 and not item.endswith("s"):
                words.append(item)
    return sorted({*words})
