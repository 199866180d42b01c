"""How users put a question: openers, tails, indirect questions, bare key words, slips of the keyboard.

A question is given in up to three forms, from which `ask` makes a message:

* direct, without its mark: "what sound does a cow make";
* indirect, as it stands in a longer sentence: "what sound a cow makes";
* a noun phrase: "the sound of a cow".
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from corpus.small_talk_style import vary_style
from corpus.small_talk_templates import Templates, pick

_TEMPLATES = Templates([])


def say(random: Random, template: str, **slots: object) -> str:
    """A template with `[one|two|]` and `{slot}` (`{Slot}` is capitalised), articles put right."""
    return _TEMPLATES.expand(template, random, {name: str(value) for name, value in slots.items()})


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def options(text: str) -> tuple[str, ...]:
    """The entries of a text, divided by ` / ` or line ends."""
    return tuple(part.strip() for line in text.splitlines() for part in line.split(" / ") if part.strip())


DIRECT = options("""
{Q}? / {Q}? / {Q}? / {Q}? / {Q}? / {Q}? / {Q}? / {Q}? / {q}? / {q} / {q}
[Hey|Hi|Hello|Tern|Hey Tern|Okay|Ok|So|Now|Well|And|Hm|Hmm|Um|Right], {q}? / [Hi|Hello|Hey|Hi there|Good morning|Hi Tern][!|.] {Q}?
[Quick question|Question|One question|A question|Another question|Next question|Easy question|Next one|One more|Here is one|Try this|A quiz question][:|.|,] {q}?
[Tell me|Please tell me|Say|Remind me|Answer me|Let me ask you|Can I ask you something|Help me|Can you help me|Do you know this|Can you answer this][:|,] {q}?
{Q}[, please|, do you know|, by the way|, I wonder|, again|, then|, Tern|, do you think|, would you say]? / {Q}? [Please tell me.|Do you know?|I forgot.|I am not sure.|I want to know.|Just asking.|Thanks!|Thank you.|I need it for school.|You must know that.|Can you tell me?]
[My|Our] [son|daughter|little girl|little boy|sister|brother|friend|teacher|child|niece|nephew|class|grandson] [asks|asked|wants to know|is asking|asked me][:|,] {q}?
[For school|For my homework|For a quiz|In a game|At school they ask|Homework|Quiz time|Let's play a quiz|Let us do a quiz|Test][:|.|!] {Q}?
[I have a question|I have to ask|I need some help|I am learning|I am doing my homework|I am curious|This is for a quiz|You are smart|Let me test you|I want to test you|Something else|Next|Okay, next|Good][.|!] {Q}?
[Do you know|Can you say|Can you tell me|Any idea][:|,] {q}? / [I always wondered|I wonder|I was thinking|Just wondering|I keep asking myself][:|,] {q}?
""")
INDIRECT = options("""
Do you know {q}? / Do you [happen to|also|still|by chance|maybe] know {q}? / Can you [please|] tell me {q}? / Could you [please|] tell me {q}? / Can you say {q}?
Tell me {q}[.|, please.|] / Please tell me {q}. / Please say {q}. / I [want|need|would like|have] to know {q}. / I'd [like|love] to know {q}. / I wonder {q}.
I was [just|] wondering {q}. / Would you [know|tell me|please tell me] {q}? / Any idea {q}? / I [forgot|can't remember|cannot remember|do not know|don't know] {q}[.|. Do you?|. Can you help?]
[My|Our] [son|daughter|friend|teacher|child|sister|little brother] [asked me|wants to know|does not know|asks] {q}. / Let me know {q}. / Have you any idea {q}? / Do you remember {q}?
Are you able to tell me {q}? / Can you explain {q}? / Can you remind me {q}? / Help me remember {q}. / I am [trying to find out|not sure|looking for|asking] {q}. / [tell me|do you know|can you tell me] {q}
""")
NOUN = options("""
What is {q}? / What is {q}? / What's {q}? / what is {q} / whats {q} / Tell me {q}. / Please [tell me|give me|say|name] {q}. / Name {q}. / Give me {q}[.|, please.]
{Q}? / {q}? / {q} / {Q}, please. / And {q}? / What about {q}? / Do you know {q}? / Can you [tell me|name|give me|say] {q}? / Could you [tell me|name] {q}? / What would {q} be?
I need {q}. / I want to know {q}. / I [forgot|can't remember|don't know] {q}. / I am looking for {q}. / [Hey|So|Okay|Tern], what is {q}? / What is {q}, please? / What do you think {q} is? / Say {q}. / Do you remember {q}?
My [son|daughter|teacher|friend] wants to know {q}. / [tell me|name|say] {q}
""")

_NEIGHBOURS = {"a": "sq", "e": "wr", "i": "uo", "o": "ip", "t": "ry", "n": "bm", "s": "ad", "r": "et", "h": "gj", "l": "k", "c": "xv", "m": "n"}


def slip(random: Random, text: str) -> str:
    """The text with a slip of the keyboard in one of its longer words."""
    words = text.split(" ")
    places = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha() and word.islower()]
    if not places:
        return text
    i = pick(random, places)
    word = words[i]
    at = random.randrange(1, len(word) - 1)
    kind = random.random()
    if kind < 0.35:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif kind < 0.65:
        word = word[:at] + word[at + 1 :]
    elif kind < 0.8:
        word = word[:at] + word[at] + word[at:]
    else:
        word = word[:at] + pick(random, _NEIGHBOURS.get(word[at], word[at])) + word[at + 1 :]
    words[i] = word
    return " ".join(words)


def typed(random: Random, text: str, informal: float = 0.3, slips: float = 0.06) -> str:
    """A message as somebody types it: at times in lower case, without marks, or with a slip."""
    text = vary_style(text, random, informal)
    if random.random() < slips:
        text = slip(random, text)
    return text


def ask(
    random: Random, direct: Sequence[str] = (), indirect: Sequence[str] = (), noun: Sequence[str] = (), informal: float = 0.3, **slots: object
) -> str:
    """A message that asks one of the questions."""
    forms = [(DIRECT, direct, 5.0), (INDIRECT, indirect, 3.0), (NOUN, noun, 2.0)]
    weights = [weight if questions else 0.0 for _, questions, weight in forms]
    wrappers, questions, _ = random.choices(forms, weights)[0]
    question = say(random, pick(random, questions), **slots)
    return typed(random, say(random, pick(random, wrappers), q=question), informal)


_IRREGULAR = {
    "sheep": "sheep", "mouse": "mice", "goose": "geese", "wolf": "wolves", "deer": "deer", "fish": "fish", "ox": "oxen", "child": "children",
    "man": "men", "woman": "women", "tooth": "teeth", "foot": "feet", "calf": "calves", "leaf": "leaves", "knife": "knives", "scissors": "scissors",
    "moose": "moose", "reindeer": "reindeer", "salmon": "salmon", "shelf": "shelves", "loaf": "loaves", "person": "people", "trousers": "trousers",
}


def plural(noun: str) -> str:
    """The plural of a noun, of several words too."""
    first, _, last = noun.rpartition(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2] not in "aeiou":
        last = last[:-1] + "ies"
    else:
        last += "s"
    return f"{first} {last}".strip()


def listed(items: Sequence[str], last: str = "and") -> str:
    """Items as one phrase: "a, b and c"."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + f" {last} " + items[-1]


def document(turns: Sequence[tuple[str, str]], system: str = "") -> str:
    """Turns in the layout that the model learns, after a system text if there is one."""
    parts = [f"System: {system}"] if system else []
    for user, assistant in turns:
        parts += [f"User: {user}", f"Assistant: {assistant}"]
    return "\n\n".join(parts)
