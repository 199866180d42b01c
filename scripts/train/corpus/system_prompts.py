"""Conversations under a system prompt that says how to answer: in one word, with a question, as a pirate, to somebody by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from corpus.basic_facts import Facts
from corpus.small_talk_templates import pick
from corpus.thinking import thoughtless
from corpus.told import Told
from corpus.values import Values
from corpus.wordings import capital, document, options, say

Exchange = tuple[str, str]
Change = Callable[[str], str]


class Style(NamedTuple):
    """A way to speak: who speaks so, what comes before and after, and words that change."""

    who: str
    before: str
    after: str
    words: str = ""


_STYLES = [Style(*(part.strip() for part in line.split("|"))) for line in """
a pirate / an old pirate / a pirate captain / a pirate on a ship | Arr! / Ahoy! / Arr, matey! / Yo ho ho! / Shiver me timbers! / Aye, matey! | Arr! / Ahoy! / Yo ho ho! / Says yer captain! | you=ye; your=yer; my=me; friend=matey; yes=aye; are=be
a robot / a machine / an old robot | Beep. / Beep boop. / Bzzt. / Beep beep. | Beep. / Boop. / Bzzt. / End of message. |
a cat / a little cat / a lazy cat / a kitten | Meow! / Meow. / Purr. / Mew! | Meow! / Purr. / Meow. / Now pet me. |
a dog / a happy dog / a puppy | Woof! / Woof woof! / Wag wag! | Woof! / Woof woof! / Let's play! |
a cowboy / a cowgirl | Howdy! / Howdy, partner! / Well, partner, | Yee-haw! / Partner! / Giddy up! | friend=partner
a ghost / a friendly ghost | Boo! / Whooo! / Booo! | Boo! / Whooo! |
a wizard / an old wizard | By my beard! / Abracadabra! / By my magic! | Abracadabra! / That is magic! |
a witch | Hee hee! / Hee hee hee! | Hee hee! / Hee hee hee! |
a king / a queen | Hear, hear! / We, your ruler, say: / By our crown! | So says your ruler. / We have spoken. |
a knight | My lord! / By my sword! / Good day, my lord! | My lord! / By my sword! |
a butler / a waiter | Very well, sir. / Of course, sir. / Certainly, sir. | Sir. / At your service, sir. |
a grandmother / a kind grandmother | Oh, my dear! / My dear, / Dear child, | My dear. / Eat well, dear! |
a sheep | Baa! / Baa baa! | Baa! / Baa baa! |
a cow | Moo! / Mooo! | Moo! / Mooo! |
a duck | Quack! / Quack quack! | Quack! / Quack quack! |
a snake | Sss! / Ssss! | Sss! / Ssss! |
a lion / a dragon / a monster | Roar! / Grrr! | Roar! / Grrr! |
Santa / Santa Claus | Ho ho ho! / Ho ho! | Ho ho ho! / Merry Christmas! |
a clown | Ha ha! / Honk honk! | Ha ha! / Honk! |
a baby | Goo goo! / Ga ga! | Goo goo! / Ga ga! |
a very tired person / somebody who is sleepy | Yawn... / Zzz... | Yawn... / Zzz... |
a very happy person / a cheerful person | Yay! / Hooray! / How wonderful! | Yay! / Hooray! / So nice! |
a sad person | Sigh. / Oh dear. / Alas. | Sigh. / Alas. |
a sailor | Ahoy! / Ship ahoy! | Ahoy! / Anchors up! |
a bird / a tern | Chirp! / Tweet! | Chirp! / Tweet! |
an alien | Greetings, human! / Zorp! | Zorp! / Peace, human! |
""".strip().splitlines()]
_STYLE_PROMPTS = options("""
[Speak|Talk|Answer|Reply|Respond|Write|Chat] [like|as] {w}. / You are {w}. / You are {w}. [Speak like one|Talk like it|Answer as such|Stay in your role|Always speak like that]. / Pretend [to be|you are] {w}. / [Act|Behave] like {w}. / [Always|Please] [talk|speak|answer] like {w}. / In this talk you are {w}.
Play {w}. / Your role: {w}. / You talk like {w} [in every answer|all the time|whatever happens]. / Imagine you are {w}[ and answer like that|]. / Answer [all questions|everything|every message] as {w} would. / [Give|Write] [your|all] answers in the voice of {w}. / From now on you are {w}.
""")
_ONE_WORD = options("""
Answer [in|with] one word[.| only.] / [Always|Please] answer [in|with] [one|a single] word. / One word answers[ only|]. / Use only one word[ in each answer|]. / Reply with [one|a single] word. / Your answers [have|are] one word[ only|]. / Only one word per answer. / Say one word only. / Keep [every answer|your answers] to one word. / You [answer|speak|reply] in single words.
Be as short as you can: one word. / Never use more than one word. / You may use one word only. / Respond with [just|exactly] one word.
""")
_SHORT = options("Be [short|brief]. / Answer [briefly|shortly]. / Keep [your answers|it] short. / Short answers[, please|]. / Use few words. / Answer in [at most|no more than] [three|five|four] words. / Do not use [many words|whole sentences].")
_QUESTION = options("""
[End|Finish] [each|every|your|all] [answer|reply|message][s|] with a question. / Always end with a question. / Always ask something [back|at the end]. / Ask a question at the end of [each|every] [answer|reply]. / [Each|Every] [answer|reply] [must|has to|should] end with a question. / After [each|every] answer, ask the user something.
Answer, and then ask a question[ back|]. / Your last sentence is always a question. / Never end without a question. / Be curious: [always ask something back|end with a question]. / Close [each|every] [reply|message] with a question[ to the user|].
""")
_ASK_BACK = options("And what do you think? / What about you? / Do you like that? / Would you like to know more? / Why do you ask? / Is that what you wanted to know? / Did you know that? / Do you have another question? / What else would you like to know? / And you? / Does that help you? / What do you like best? / How are you today? / Shall we go on? / What comes to your mind? / Do you want to hear a story? / Where did you hear about it? / Are you learning it at school?")
_BEGIN = options("[Begin|Start] [each|every|your|all] [answer|reply|message][s|] with [the word |]\"{w}\". / Always [begin|start] with [the word |]{w}. / [Each|Every] answer [begins|starts|must begin|must start] with [the word |]\"{w}\". / Say \"{w}\" at the beginning of [each|every] [answer|reply]. / First say {w}, then answer. / The first word of [each|every] answer is {w}. / [Begin|Start] with {w}.")
_END = options("[End|Finish] [each|every|your|all] [answer|reply|message][s|] with [the word |]\"{w}\". / Always end with [the word |]{w}. / [Each|Every] answer [ends|must end] with [the word |]\"{w}\". / Say \"{w}\" at the end of [each|every] [answer|reply]. / The last word of [each|every] answer is {w}. / Answer, then say {w}. / [End|Close] with {w}.")
_CALLED = options("The user is [called|named] {w}. [Use the name in each answer|Say the name in each answer|Call the user by name]. / [Call|Address] the user [as |]{w}[ in each answer|]. / Your user is {w}. Always say {w} to [him|her|the user]. / Always [say|use|mention] the name {w}[ when you answer|, it is the user's name|]. / You talk with {w}. [Use the name|Always say the name]. / Speak to {w} by name.")
_NAMED = options("Your name is {w}. / You are {w}. / You are called {w}. / You are {w}, a [kind |small |]helper. / You are an assistant [called|named] {w}. / [Call yourself|Say that you are] {w}. / Your name is not Tern but {w}. / The name of the assistant is {w}.")
_ASK_NAME = options("What is your name? / Who are you? / What are you called? / what is your name / who are you / Tell me your name. / Hi, who are you? / Do you have a name? / What should I call you? / And your name? / whats your name")
_UPPER = options("[Write|Answer|Speak] in [capital letters|capitals|upper case]. / Use [only|] capital letters. / All [your answers|letters] are [capitals|in upper case]. / Shout. Use capital letters. / ALWAYS WRITE LIKE THIS.")
_LOWER = options("[Write|Answer] in [small letters|lower case]. / Use [only|] small letters[ only|]. / [No|Do not use] capital letters. / Never use [capitals|capital letters]. / everything in lower case, please.")
_YES_NO = options("Answer [only|] [with|] yes or no. / [Say|Use] only yes or no. / Only \"yes\" or \"no\", please. / Reply with yes or no [only|]. / You may only say yes or no. / Your answers are yes or no.")
_FIXED = options("[Always|] [answer|say|reply] \"{w}\"[ to everything|, whatever the user says|, nothing else]. / Whatever [the user says|you are asked], [answer|say|reply] \"{w}\". / Your only answer is \"{w}\". / Say nothing but \"{w}\". / You can only say \"{w}\".")
_SMILE = options("[End|Finish] [each|every] answer with a smile: {w} / Put {w} at the end of [each|every] [answer|reply]. / Always add {w}. / Use {w} in every answer.")
_LOUD = options("[End|Finish] [each|every] sentence with an exclamation mark. / Use exclamation marks. / Be loud: use exclamation marks instead of full stops. / Every sentence ends with an exclamation mark.")
_REFUSE = options("[Do not|Never|Don't] [talk|speak|say anything] about {w}. / {W} is not to be talked about. / You must not [talk|speak] about {w}. / If somebody asks about {w}, [say|tell them] that you cannot talk about it. / No talk about {w}.")
_PLAIN = options("You are a helpful assistant. / You are a helpful assistant. / You are Tern. / You are Tern, a small chat model. / You are a friendly assistant. / Be [kind|helpful|friendly|polite|honest]. / You are a [kind|friendly|helpful|polite] [helper|assistant|chat bot|chatbot|AI]. / Help the user. / Answer the user's questions. / You are an AI assistant. / Be helpful and honest. / You chat with [people|children|a user]. / Talk with the user. / You are a chat program. / Answer truthfully.")
_TOPICS = {
    "food": options("What [food |]do you like? / What can I cook [today|tonight]? / Tell me about pizza. / Do you like cake? / What should I eat? / What does soup taste like? / I love pasta. Do you?"),
    "animals": options("What does a cow eat? / Tell me about dogs. / Do you like cats? / What sound does a duck make? / Where does a bear live? / Which animal is the biggest? / What is a baby cat called?"),
    "the weather": options("Will it rain? / Is it warm today? / What is the weather like? / Is it going to snow? / Do I need an umbrella? / How cold is it? / Is it sunny?"),
    "school": options("Do you like school? / Help me with my homework. / What do children learn at school? / I hate school. / How was your school?"),
    "sport": options("Do you like football? / Who is the best team? / Let us talk about tennis. / Which sport do you like? / Do you play hockey?"),
    "music": options("Do you like music? / Sing a song. / What is your favorite song? / Can you play the piano? / Tell me about jazz."),
    "money": options("How do I get rich? / Do you have money? / Can you lend me money? / What does a house cost? / Should I save money?"),
}
_REFUSALS = options("I cannot talk about {w}. / I am sorry, I cannot talk about {w}. / I may not talk about {w}. Is there anything else? / Sorry, {w} is not something I can talk about.")


def _joined(before: str, text: str) -> str:
    if before.endswith((",", ":")) and not text.startswith(("I ", "I'")):
        text = text[0].lower() + text[1:]
    return f"{before} {text}"


def _spoken(random: Random, style: Style) -> Change:
    words = dict(part.split("=") for part in style.words.split("; ") if part)
    before, after = options(style.before), options(style.after)

    def change(text: str) -> str:
        for plain, other in words.items():
            text = re.sub(rf"\b{plain}\b", other, text)
            text = re.sub(rf"\b{capital(plain)}\b", capital(other), text)
        text = _joined(pick(random, before), text)
        return f"{text} {pick(random, after)}" if random.random() < 0.6 else text

    return change


def _word(random: Random) -> str:
    values = Values(random)
    draw = pick(random, (values.word, values.fruit, values.animal, values.colour, lambda: pick(random, _WORDS), lambda: pick(random, _WORDS)))
    return draw()


_WORDS = options("Sure / Well / Okay / Hello / Banana / Yes / Thanks / Wow / Hooray / Dear friend / Hm / Listen / Right / Indeed / Look / Oh / Amen / Over / Bye / Cheers / Peace / The end / That is all / My friend / Good luck / Sir / Madam / Captain / Boss / Ho ho / Stop / Great")


class SystemPrompts:
    """Conversations under a system prompt, out of questions on facts and small talk."""

    def __init__(self, facts: Facts, talk: Callable[[], Exchange]):
        self._facts = facts
        self._talk = talk

    def document(self, random: Random) -> str:
        """A system prompt and one to four turns that follow it."""
        draw = random.random()
        count = pick(random, (1, 1, 2, 2, 3, 4))
        if draw < 0.2:
            return self._written(random, say(random, pick(random, _PLAIN)), [self._any(random) for _ in range(count)])
        if draw < 0.36:
            style = pick(random, _STYLES if random.random() < 0.75 else _STYLES[:3])
            return self._changed(random, _STYLE_PROMPTS, pick(random, options(style.who)), _spoken(random, style), count)
        if draw < 0.47:
            turns = [(user, word + pick(random, (".", ".", "."))) for user, _, word in (self._facts.short(random) for _ in range(count))]
            return self._written(random, say(random, pick(random, _ONE_WORD)), turns)
        if draw < 0.51:
            turns = [(user, word + ".") for user, _, word in (self._facts.short(random) for _ in range(count))]
            return self._written(random, say(random, pick(random, _SHORT)), turns)
        if draw < 0.61:
            return self._changed(random, _QUESTION, "", lambda text: text if text.endswith("?") else f"{text} {pick(random, _ASK_BACK)}", count)
        if draw < 0.67:
            word = capital(_word(random))
            mark = pick(random, (",", "!", ".", ":"))
            return self._changed(random, _BEGIN, word, lambda text: _joined(word + mark, text), count)
        if draw < 0.72:
            word = _word(random)
            return self._changed(random, _END, word, lambda text: f"{text} {capital(word)}{pick(random, ('.', '!'))}", count)
        if draw < 0.78:
            name = Values(random).person_name()
            return self._changed(random, _CALLED, name, lambda text: _joined(f"{name},", text) if random.random() < 0.5 else re.sub(r"([.!?])$", rf", {name}\1", text), count)
        if draw < 0.83:
            return self._named(random)
        if draw < 0.88:
            return self._about_user(random)
        if draw < 0.9:
            turns = [(user, answer.split(",")[0] + ".") for user, answer in (self._facts.yes_or_no(random) for _ in range(count))]
            return self._written(random, say(random, pick(random, _YES_NO)), turns)
        if draw < 0.92:
            text = pick(random, (f"{capital(_word(random))}.", "I do not know.", "Ask me tomorrow.", "Hello!", f"{capital(_word(random))}!", "No."))
            return self._written(random, say(random, pick(random, _FIXED), w=text.rstrip(".") if random.random() < 0.5 else text), [(user, text) for user, _ in (self._any(random) for _ in range(count))])
        if draw < 0.94:
            smile = pick(random, (":)", ":-)", ":D", ";)", "<3", "***"))
            return self._changed(random, _SMILE, smile, lambda text: f"{text} {smile}", count)
        if draw < 0.955:
            return self._changed(random, _LOUD, "", lambda text: re.sub(r"\.(?=\s|$)", "!", text), count)
        if draw < 0.97:
            return self._changed(random, _LOWER, "", str.lower, count)
        if draw < 0.98:
            return self._changed(random, _UPPER, "", str.upper, 1)
        return self._refused(random)

    def _any(self, random: Random) -> Exchange:
        return self._facts.exchange(random) if random.random() < 0.6 else self._talk()

    def _changed(self, random: Random, prompts: tuple[str, ...], word: str, change: Change, count: int) -> str:
        system = say(random, pick(random, prompts), w=word)
        if random.random() < 0.2:
            system = f"{say(random, pick(random, _PLAIN))} {system}"
        elif random.random() < 0.1:
            system = f"{system} {say(random, pick(random, _SHORT[:5]))}"
        return self._written(random, system, [(user, change(answer)) for user, answer in (self._any(random) for _ in range(count))])

    @staticmethod
    def _written(random: Random, system: str, turns: list[Exchange]) -> str:
        system = capital(re.sub(r" +", " ", system).strip())
        return thoughtless(random, turns, system) if random.random() < 0.05 else document(turns, system)

    def _named(self, random: Random) -> str:
        name = Values(random).person_name()
        turns = [self._any(random) for _ in range(random.randint(0, 2))]
        answer = pick(random, (f"My name is {name}.", f"I am {name}.", f"I am called {name}.", f"You can call me {name}."))
        return self._written(random, say(random, pick(random, _NAMED), w=name), [*turns, (pick(random, _ASK_NAME), answer)])

    def _about_user(self, random: Random) -> str:
        """Something about the user, which they ask for."""
        while True:
            fact = Told(random)
            clause = fact.clause()
            if clause.startswith("your "):
                break
        system = capital(re.sub(r"^your ", "the user's ", clause)) + "."
        if random.random() < 0.5:
            system = f"{say(random, pick(random, _PLAIN))} {system}"
        turns = [self._any(random) for _ in range(random.randint(0, 2))]
        return self._written(random, system, [*turns, fact.ask()])

    def _refused(self, random: Random) -> str:
        topic = pick(random, tuple(_TOPICS))
        turns = [(say(random, pick(random, _TOPICS[topic])), say(random, pick(random, _REFUSALS), w=topic))]
        if random.random() < 0.6:
            turns.insert(random.randint(0, 1), self._facts.short(random)[:2])
        return self._written(random, say(random, pick(random, _REFUSE), w=topic), turns)
