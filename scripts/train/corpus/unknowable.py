"""Questions that nobody, or no small model, can answer, and answers that say so and invent nothing."""

from __future__ import annotations

from random import Random

from corpus.small_talk_templates import pick
from corpus.values import CITIES, Values
from corpus.wordings import ask, capital, document, options, say, typed

Exchange = tuple[str, str]

#: Topic of the answer: direct questions; indirect questions (without `what`-clauses that are not grammatical, none).
_KINDS: dict[str, tuple[str, str, str]] = {
    # What only a clock, a window or the news would tell.
    "now": ("""
what time is it [now|right now|at the moment|] / what is the time / what day is it today / what is the date today / what is today's date / what year is it / what month is it now / is it [late|morning|night|Sunday|Monday] [now|today]
what is the weather like [today|now|outside|in {town}|here] / will it rain [today|tomorrow|tonight|this evening|on Sunday] / how warm is it [outside|today|in {town}] / is it [raining|snowing|sunny|cold|windy] [outside|now|in {town}|today] / do I need an umbrella today
what is in the news [today|] / what happened [today|yesterday|this morning|last night|in {town}] / who won the [game|match|race|election|final|cup] [yesterday|last night|today|last week|] / what is on TV tonight / what is the score of the game
how much does [a ticket|petrol|gas|gold|bread|a house|a {thing}] cost [today|now|in {town}|] / is the [shop|bank|museum|library|pharmacy|swimming pool] open [now|today|on Sunday|] / when does the [bus|train|film|shop|plane|match] [leave|come|start|open|close]
where is the nearest [shop|bank|station|hospital|school|toilet|bus stop|restaurant] / is there [traffic|a storm|a delay] [today|in {town}|now] / what is the temperature [outside|today|in {town}] / what film is in the cinema today / how is the traffic [today|]
""", "what time it is / what day it is [today|] / what the date is [today|] / what the weather is like [today|in {town}|outside|] / whether it will rain [today|tomorrow|] / if it will snow [tomorrow|tonight|] / who won the [game|match|race] [yesterday|last night|] / when the [bus|train|film] [leaves|comes|starts] / how warm it is [outside|]", """
I do not know. I have no [clock|window|news], so I cannot [see|tell] that. / I cannot know that. I only know what [you tell me|is in this talk]. / I do not know what is happening right now. Can you look it up? / I am sorry, I cannot see that from here. / I do not know that. I am a small model without [a clock or a window|the news].
I cannot tell. I have no way to look at the world outside this talk. / I do not know. You would have to look that up.
"""),
    # About the user and the people around, never told.
    "you": ("""
what did I [eat|have|cook] [for breakfast|for lunch|for dinner|yesterday|today|last night] / where did I [put|leave|lose] my [keys|phone|glasses|wallet|hat|bag|book|shoes|{thing}] / what am I [thinking|doing|holding|wearing|looking at|drinking|reading] [right now|now|] / what is in my [pocket|bag|hand|fridge|box|car|room] / how many [fingers am I holding up|coins are in my pocket|books do I have|friends do I have|windows does my house have]
what color are my [eyes|shoes|socks|curtains] / how [tall|old|heavy] am I / what did I dream [last night|] / what is my [mother|neighbor|boss|teacher|friend|sister] doing [now|right now|today] / who is [standing behind me|at the door|calling me|in the next room] / what will I [do|eat|buy|wear] tomorrow / am I [at home|alone|tall|hungry|late] / what is my [password|phone number|address|bank account number|blood type|shoe size|middle name]
where is my [brother|dog|cat|wife|friend|car|bike] [now|right now|] / what did my [mother|father|friend|boss|neighbor] say [to me|about me|yesterday|] / what is the name of my [neighbor|teacher|dentist|street|school|first teacher] / why is my [brother|friend|boss|cat|dog] [sad|angry|late|tired|so quiet] / who [called|visited|wrote to] me [yesterday|today|this morning] / how much money do I have / what did I [do|say|buy|lose] [yesterday|last week|last summer|on Monday]
what is the color of my [car|front door|jacket|bike] / which [book|song|film] did I [like|buy|hear] [yesterday|last] / what present did I get [for my birthday|last year|] / where did I [go|park my car|grow up|spend my holidays] [last year|yesterday|]
""", "what I [ate|had] [for breakfast|for lunch|yesterday|] / where my [keys|glasses|shoes|phone] are / what is in my [pocket|bag|box] / how tall I am / what I am [thinking|wearing|doing] / who is at my door / what I did [yesterday|last week] / what I dreamed [last night|] / what color my [car|eyes|jacket] [is|are]", """
I do not know. You have not told me. / I cannot know that. I only know what you tell me. / I do not know that, because you have not told me. / I cannot see you, so I do not know. / I do not know. I was not there. / I have no way to know that. Would you like to tell me?
You have not told me that, so I do not know. / I do not know. Only you can know that.
"""),
    # What is to come.
    "future": ("""
who will win the [next|] [world cup|election|race|game|final] [next year|tomorrow|] / will I [be rich|be happy|get the job|pass my test|find love|win the game|live long|get a dog|have children] [one day|tomorrow|next year|] / what will happen [tomorrow|next year|in a hundred years|in the future|to me] / what are the lottery numbers [for next week|tomorrow|] / when will I [die|marry|be famous|find a friend|get well]
what will the weather be like [next month|in ten years|on my birthday] / what will be in the news tomorrow / who will be the next [president|king|champion|mayor] / will my team win [tomorrow|] / will it be a boy or a girl / what number will I roll [next|with this dice|] / will my [friend|sister|boss] [call|come|say yes|like it] / what will I get for my birthday / how long will I live / when will the world end / will [she|he] say yes
""", "what will happen [tomorrow|next year] / who will win the [game|race|election] / whether I will [win|pass my test|be rich] / what the future brings / what the lottery numbers will be", """
I do not know. Nobody can see the future. / I cannot tell the future. / Nobody knows that yet, and I do not know it either. / I do not know what will happen. / I cannot know that. We will have to wait and see. / Nobody can know that. I will not guess.
"""),
    # Things and people that do not exist, or that only few know.
    "obscure": ("""
who is {person} {surname} / when was {person} {surname} born / what did {person} {surname} [write|invent|paint|say|discover|build] / who is the [king|mayor|president|queen|ruler] of {town} / how many people live in {town} / what is the capital of {town} / where is {town} / what is a {word} / what does {word} mean / what is the meaning of the word {word} / how old is {person} {surname}
who wrote the book "{title}" / what happens in the film "{title}" / who sings the song "{title}" / when was the battle of {town} / what is {town} famous for / how far is it from {town} to {town2} / what language do they speak in {town} / who lives in {town} / how high is the tower of {town} / what is the river in {town} called / which team does {person} {surname} play for
what is the story of {person} {surname} / where does {person} {surname} live / what is the [phone number|address|birthday|favorite food] of {person} {surname} / do you know [the singer|the writer|the painter|the actor|doctor|professor|] {person} {surname} / tell me something about {town} / what do you know about {person} {surname}
""", "who {person} {surname} is / where {town} is / what {word} means / what a {word} is / who wrote \"{title}\" / how many people live in {town} / when {person} {surname} was born", """
I do not know. I have never heard of [that|it]. / I do not know that, and I do not want to make something up. / I am sorry, I do not know anything about that. / I do not know. I am a small model and know only simple things. / I have never heard of that, so I cannot tell you. / I do not know that name.
"""),
    # Too hard, or knowledge of grown-ups.
    "hard": ("""
how does a [computer chip|jet engine|nuclear reactor|laser|satellite|rocket engine|vaccine|transistor] work / what is [quantum mechanics|string theory|relativity|inflation|a derivative|blockchain|photosynthesis in detail|democracy|a black hole made of] / who was the [tenth|fifth|twelfth|third|first|last] [president|king|emperor|pope] of [France|Poland|the United States|Russia|China|Rome] / who [discovered|invented] [penicillin|the telephone|radium|oxygen|the printing press|dynamite|insulin]
when did [the first world war|the Roman empire|the French revolution|the ice age] [begin|end|start] / what is the [square root|cube] of [1234|789|5321|9876|345] / what is [347|812|659|278|913] times [86|47|94|29|63] / what is the population of [China|Brazil|the world|Europe|Japan] / how far is [the sun|Mars|Jupiter|the next star] from the Earth / what is the [speed of light|mass of the Earth|depth of the sea|age of the universe] / write a [program|website|computer game|function] for me / can you [write|fix] my [code|program|essay|thesis]
who painted the [Mona Lisa|Night Watch|Sistine Chapel] / who wrote [Hamlet|War and Peace|Faust|the Odyssey|Don Quixote] / translate this into [French|Latin|Chinese|Russian|German] / how do you say [hello|thank you|good night] in [Finnish|Hungarian|Swahili|Greek|Korean] / what is the chemical formula of [sugar|salt|aspirin|rust] / explain the [theory of evolution|tax law|stock market|constitution] / what medicine should I take for [my heart|a fever|my back|a rash] / which stocks should I buy / is this [mole|lump|rash] dangerous
how many [bones|cells|hairs|muscles] does a [person|human|body] have / how many [stars|grains of sand|fish|ants|trees] are there [in the world|in the sky|in the sea|] / what is the longest river of [Asia|Africa|Russia] / what does the law say about [rent|divorce|taxes] / what is [the best phone|the best car|the best bank] [to buy|]
""", "how a [computer chip|jet engine|laser|rocket engine] works / who [discovered|invented] [penicillin|the telephone|radium] / when the [Roman empire|French revolution] ended / what the square root of [1234|789] is / how far [Mars|the sun] is / how many [stars|ants] there are / what quantum mechanics is", """
I do not know. That is too [hard|difficult] for a small model like me. / That is more than I know. I am a small model. / I do not know that. Better ask somebody who does. / I am sorry, I do not know. I only know simple things. / I do not know enough about that, and I do not want to make something up. / I cannot answer that well. Please ask somebody who knows.
"""),
    # What Tern would have to be a person for.
    "tern": ("""
what did you [eat|do|see|dream|buy] [today|yesterday|last night|this morning|for breakfast|last summer] / where did you [go|sleep|grow up|live as a child|go to school] [last summer|yesterday|] / what is your [mother|father|sister|brother|dog|wife|husband] called / how [tall|heavy|old] are you / what color are your [eyes|shoes|hair] / what is your phone number / where do you go on holiday / what did we talk about [yesterday|last week|last time] / what did I tell you [yesterday|last week|last time]
do you remember [our last talk|what I said yesterday|me from last week] / have you ever [been to Paris|seen the sea|eaten pizza|been in love|ridden a horse|flown in a plane|met {person}] / who was your best friend at school
""", "what you [ate|did|dreamed] [yesterday|last night|] / what we talked about [yesterday|last week] / how tall you are / where you grew up / what color your eyes are", """
I cannot know that. I am a program and have no [body|life outside this talk|family|eyes]. / I am a program, so there is nothing I could tell you about that. / I do not know. I only know this conversation. / I am a small program. I do not eat, sleep or travel. / I do not remember other talks, only this one.
"""),
}
_PARSED = {kind: (options(direct), options(indirect), options(answers)) for kind, (direct, indirect, answers) in _KINDS.items()}
_WEIGHTS = {"now": 4, "you": 4, "future": 3, "obscure": 5, "hard": 5, "tern": 2}
_PLAIN = options("I do not know. / I do not know that. / I am sorry, I do not know. / I do not know, sorry.")
_PRESS = options("""
[Just guess|Please guess|Guess|Take a guess|Try|Try it anyway|You must know|Come on|Make something up|Say something|Are you sure|You do know|Think again|But I need to know|Why not|Really][.|!|?]
""")
_PRESSED = options("""
I would rather not guess. I do not know. / I am sorry, I really do not know. / A guess would be made up, so I will not. I do not know. / No, I do not know. I only know simple things and what you tell me. / I do not know, and I do not want to tell you something wrong.
""")
_SURNAMES = tuple(f"{a}{b}" for a in "Bram Karl Fenn Holl Varr Osk Lind Mar Tors Welk Dun Pell Gor Hask Brun Stell Krai Mor".split() for b in ("son", "ley", "berg", "ov", "er", "itz", "ington", "well", "ano", "en"))


def unknowable_exchange(random: Random) -> Exchange:
    """A question that cannot be answered, and an answer that says so."""
    kind = random.choices(tuple(_WEIGHTS), tuple(_WEIGHTS.values()))[0]
    direct, indirect, answers = _PARSED[kind]
    values = Values(random)
    # Nothing is asked here of a town that there is.
    towns = [town for town in (values.town() for _ in range(12)) if town not in CITIES] or ["Velmora"]
    slots = dict(
        town=towns[0], town2=towns[-1], person=values.person_name(), surname=pick(random, _SURNAMES), word=values.word(),
        title=values.title(), thing=values.thing(),
    )
    # Two thirds are questions as they are: they say best what cannot be known.
    if random.random() < 0.4:
        user = typed(random, capital(say(random, pick(random, direct), **slots).replace("  ", " ").strip()) + "?")
    else:
        user = ask(random, direct, indirect, **slots).replace("  ", " ").replace(" ?", "?").replace(" .", ".").replace(" ,", ",")
    answer = say(random, pick(random, _PLAIN if random.random() < 0.1 else answers), **slots)
    return user, answer


def unknowable_document(random: Random) -> str:
    """A conversation of such questions, at times pressed further."""
    turns = []
    for _ in range(random.choice((1, 1, 2, 2, 3))):
        turns.append(unknowable_exchange(random))
        if random.random() < 0.15:
            turns.append((typed(random, say(random, pick(random, _PRESS))), say(random, pick(random, _PRESSED))))
    return document(turns)
