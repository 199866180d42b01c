"""Generators of values that a user may tell: names, places, numbers, favourites.

Every kind of value draws from a large space, so that a model cannot learn the
values by heart and has to copy them from the conversation.  The space is split
in two by a hash (see `is_held_out`): training text only ever contains values
of the first part, and evaluation only asks for values of the second part.
"""

from __future__ import annotations

import hashlib
import random
from typing import Callable, Sequence

HELD_OUT_PERCENT = 5


def _words(text: str) -> tuple[str, ...]:
    """Split a block of words at white space."""
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    """Split a block of phrases at commas."""
    return tuple(part.strip() for part in text.replace("\n", " ").split(",") if part.strip())


FIRST_NAMES = _words("""
Aaron Abigail Adam Adele Agnes Ahmed Aisha Alan Albert Alex Alice Alicia Amelia Amir Amy Ana Andrea Andrew
Angela Anita Anna Anton Arthur Ava Barbara Beatrice Ben Bernard Beth Bianca Bill Boris Brenda Brian Bruno
Camila Carl Carla Carlos Caroline Cecilia Celine Chang Charles Charlotte Chen Chloe Chris Clara Claude Colin
Connor Cora Daisy Dan Daniel Daria David Deborah Dennis Diana Diego Dmitri Dora Doris Dorothy Duncan Dylan
Edgar Edith Edward Elena Eli Elias Elif Elijah Elise Ella Ellen Elsa Emil Emily Emma Enzo Eric Erik Esther
Ethan Eva Evan Evelyn Fatima Felix Fiona Flora Frances Frank Fred Freya Gabriel Gemma George Gerald Gina Grace
Greta Gustav Hannah Hans Harold Harry Hassan Hazel Heidi Helen Helga Henry Hugo Ian Ibrahim Ida Igor Ines Ingrid
Irene Iris Isaac Isabel Ivan Ivy Jack Jacob Jade Jake James Jamila Jan Jane Jasmine Jason Jean Jenny Jim Joan Joe
Johan John Jonas Jordan Joseph Julia Julian June Kai Karen Karim Karl Kate Keiko Kelly Ken Kenji Kevin Kim Kira
Kofi Kurt Kyle Lana Lara Laura Layla Lea Lee Lena Leo Leon Leah Liam Lila Lily Linda Lisa Liz Logan Louis Lucas
Lucia Lucy Luis Luke Luna Lydia Mabel Maeve Magnus Malik Marco Margaret Maria Marie Mark Marta Martin Mary Mateo
Matt Maud Max Maya Megan Mei Mia Michael Miguel Mila Milo Mina Mohamed Molly Mona Monica Nadia Naomi Natalie Nathan
Nell Nia Nick Nicole Nina Noah Noor Nora Norman Olaf Olga Oliver Olivia Omar Oscar Otto Owen Pablo Pam Patrick Paul
Paula Pedro Penny Peter Petra Phil Piotr Priya Quentin Rachel Rafael Raj Ralph Ravi Ray Rebecca Rita Robert Robin
Rosa Rose Ruby Rupert Ruth Ryan Sadie Sally Sam Samira Sandra Sara Sarah Sasha Scott Sean Selma Seth Sharon Sheila
Simon Sofia Sonia Stella Steve Sue Susan Sven Tamara Tanya Tara Tariq Ted Teresa Theo Thomas Tim Tina Toby Tom Tony
Una Ursula Vera Victor Viktor Vince Viola Wanda Wendy Will Willa Xavier Yara Yasmin Yusuf Yuki Yves Zara Zelda Zoe
""")

PET_NAMES = _words("""
Rex Bella Max Luna Charlie Coco Daisy Rocky Buddy Milo Oscar Lucky Pepper Ginger Shadow Smokey Tiger Whiskers
Biscuit Muffin Cookie Peanut Pickle Pumpkin Patch Spot Socks Mittens Fluffy Snowy Storm Rusty Sandy Sunny Bear
Bruno Duke Prince Princess Ruby Rosie Poppy Molly Maggie Lola Nala Simba Toby Jasper Felix Cleo Misty Olive
Honey Mango Kiwi Nutmeg Waffles Noodle Bean Button Pebble Domino Ziggy Bandit Scout Hunter Chip Dash Nibbles
""")

CITIES = _words("""
Amsterdam Ankara Antwerp Athens Auckland Austin Baghdad Baltimore Bangkok Barcelona Beijing Beirut Belfast Bergen
Berlin Bern Birmingham Bogota Bonn Boston Bratislava Brighton Bristol Brisbane Brussels Bucharest Budapest Cairo
Calgary Cambridge Cardiff Chicago Cologne Copenhagen Cork Dakar Dallas Delhi Denver Detroit Dortmund Dover Dresden
Dubai Dublin Durban Edinburgh Essen Exeter Florence Frankfurt Galway Geneva Genoa Ghent Glasgow Granada Graz Halifax
Hamburg Hanoi Havana Helsinki Houston Istanbul Jakarta Jena Kyoto Krakow Lagos Leeds Leipzig Lima Lisbon Liverpool
London Lyon Madrid Malmo Manchester Manila Marseille Melbourne Memphis Miami Milan Montreal Moscow Mumbai Munich
Nairobi Nantes Naples Norwich Oslo Ottawa Oxford Palermo Paris Perth Phoenix Pisa Plymouth Porto Portland Prague
Quebec Reading Riga Rome Rotterdam Salzburg Seattle Seoul Seville Sheffield Sofia Stockholm Sydney Tallinn Toledo
Tokyo Toronto Toulouse Trento Trieste Tunis Turin Utrecht Valencia Vancouver Venice Verona Vienna Vilnius Warsaw
Wellington York Zagreb Zurich
""")

COLOURS = _words("""
red blue green yellow orange purple pink brown grey white black gold silver violet crimson turquoise beige ivory
teal indigo lilac maroon navy olive peach plum rose ruby scarlet copper amber coral cream lime mint mustard
""")
SHADES = _words("""
pale dark light deep bright soft warm cool dusty misty smoky cloudy muddy rusty mossy sandy stormy sunny frosty
icy neon pastel royal antique rich faded milky electric stony leafy creamy dull glowing shiny sea sky forest
""")
TASTES = _words("""
saffron ginger lemon honey garlic pepper almond walnut coconut maple mustard onion tomato spinach mushroom pumpkin
potato carrot cabbage cheese butter salmon chicken turkey apple cherry plum apricot raspberry chestnut lentil bean
barley sesame basil mint rosemary chili curry leek beetroot parsnip fennel olive egg bacon fig peanut celery radish
smoked roasted spicy crispy sweet fried baked steamed cold creamy
""")
FOODS = _words("""
dumplings soup pancakes pie stew pasta pizza salad noodles rice bread pudding tart cake risotto lasagna omelette
waffles curry sandwiches muffins cookies biscuits casserole tacos rolls sausages burgers meatballs chowder toast
porridge skewers fritters crackers wraps gratin buns strudel ravioli
""")
DRINKS = _words("tea coffee juice lemonade soda water milk cider smoothie punch syrup cordial latte cocoa milkshake tonic")
DRINK_TASTES = _words("""
lemon ginger mint apple cherry peach orange rose honey elderflower blackberry raspberry mango coconut vanilla almond
cinnamon pear plum grape melon lime hibiscus jasmine chamomile rhubarb cranberry pineapple carrot nettle iced hot
sparkling banana fig apricot cardamom caramel maple oat barley
""")
ANIMALS = _words("""
fox otter badger owl heron eagle wolf bear deer hare rabbit squirrel hedgehog mouse seal whale dolphin penguin
tiger lion leopard elephant giraffe zebra camel monkey lemur panda koala turtle frog toad lizard snake crane swan
goose duck falcon raven robin sparrow parrot beetle moth butterfly spider crab octopus shark salmon goat horse
donkey moose reindeer bison lynx weasel mole bat
""")
ANIMAL_WORDS = _words("""
red grey snow sea river mountain desert forest white black spotted striped golden silver blue giant pygmy arctic
wild barn marsh island horned tree water rock night mud dwarf brown green long-eared short-tailed hooded crested
""")
SPORTS = _words("""
tennis football volleyball hockey rugby cricket bowling fencing archery boxing wrestling rowing sailing swimming
running cycling climbing skating skiing curling golf handball basketball badminton squash judo karate polo darts
diving surfing gymnastics dancing hiking riding sledding
""")
SPORT_WORDS = _words("beach ice water table indoor night mountain street field trail river speed wheelchair winter snow lake team sand forest island city rope")
FRUITS = _words("""
apple pear plum peach cherry grape melon mango banana orange lemon lime apricot fig date kiwi papaya guava
strawberry raspberry blackberry blueberry gooseberry cranberry pineapple pomegranate quince nectarine lychee
tangerine grapefruit currant coconut mulberry persimmon
""")
FRUIT_WORDS = _words("red green golden yellow sweet sour wild blood honey black white winter summer mountain snow baby dried ripe Spanish Japanese purple early river star horned")
FLOWERS = _words("""
rose tulip daisy lily poppy violet iris orchid daffodil sunflower lavender carnation peony dahlia primrose bluebell
snowdrop marigold jasmine lilac magnolia pansy begonia aster crocus foxglove hyacinth geranium buttercup anemone
""")
FLOWER_WORDS = _words("red white yellow blue pink purple wild water tiger orange black desert mountain winter meadow climbing dwarf marsh spotted golden silver star night Alpine")
ICE_CREAM_WORDS = _words("""
vanilla chocolate strawberry lemon mint pistachio caramel coffee honey almond coconut cherry mango hazelnut banana
raspberry peach walnut ginger maple cinnamon blueberry toffee plum fig lavender rose saffron melon apricot orange
peanut cookie rhubarb basil lime pear
""")
SEASONS = ("spring", "summer", "autumn", "winter")
SEASON_WORDS = _words("early late warm cold rainy snowy sunny windy dry misty mild golden")
QUALITIES = _words("""
old new small big tall tiny broken wooden golden silver iron copper glass paper plastic leather woolen silk cotton
round square flat heavy light painted striped dotted dusty rusty shiny wet dry soft hard crooked narrow wide
red blue green yellow purple white black brown grey orange pink pale dark bright ancient modern simple strange hollow
""")
ADJECTIVES = QUALITIES + _words("""
empty quiet loud lazy hungry happy lonely brave clever gentle proud sleepy wild secret hidden lost frozen burning
warm cold sharp deep bitter sweet magic last first silent distant
""")
THINGS = _words("""
lamp clock kettle chair table mirror carpet blanket pillow basket bucket bottle bowl plate spoon knife fork pan pot
radio camera guitar drum bell candle lantern ladder hammer saw shovel rake rope tent bag suitcase backpack wallet
hat scarf coat jacket sweater shirt belt glove sock boot umbrella ring necklace bracelet watch pen pencil notebook
book map puzzle kite ball doll robot bicycle scooter skateboard helmet telescope compass magnet toaster teapot mug
jar vase frame curtain desk shelf drawer box chest trunk stool bench sofa mat broom brush towel
""")
NATURE = _words("""
river mountain forest lake island valley harbor garden bridge tower castle lighthouse windmill storm snow rain wind
moon star sun cloud shadow winter summer morning night road door window key letter ship train king queen wizard
dragon giant bird fox wolf horse whale owl heron raven lion tree leaf rose stone feather
""")
CONTAINERS = _words("box drawer basket jar pot bag vase cupboard bucket chest tin bowl cup boot hat teapot suitcase backpack cabinet trunk barrel shoe")
COVERS = _words("box basket jar pot bag vase bucket chest bowl boot hat teapot suitcase lamp pillow carpet mat chair bench sofa desk plant stone ladder barrel curtain clock mirror")
INSTRUMENTS = _words("""
piano guitar violin flute cello trumpet drums harp clarinet oboe saxophone trombone banjo ukulele accordion organ
mandolin harmonica recorder viola lute xylophone tuba fiddle bagpipes zither sitar
""")
INSTRUMENT_WORDS = _words("bass wooden silver electric old tenor folk alto jazz church baroque steel Irish Spanish toy")
JOBS = _phrases("""
nurse, teacher, baker, farmer, doctor, plumber, carpenter, electrician, gardener, painter, driver, pilot, sailor,
lawyer, judge, librarian, chef, waiter, dentist, engineer, programmer, designer, writer, journalist, photographer,
musician, actor, dancer, tailor, butcher, fisherman, mechanic, postman, firefighter, police officer, shepherd,
beekeeper, florist, hairdresser, accountant, translator, architect, biologist, chemist, potter, blacksmith, jeweler
""")
JOB_OBJECTS = _words("""
piano boat clock shoe roof bridge train bus taxi garden cheese bread tea coffee wine toy kite violin book map stamp
paper glass carpet furniture window bicycle car tractor ship tram lift phone radio camera horse dog bird fish tree
flower fruit rope tent hat coat ring lamp
""")
JOB_AGENTS = _words("seller builder painter cleaner driver teacher inspector repairer designer tester collector trader restorer packer")
HOBBY_VERBS = _words("painting collecting building repairing drawing carving making photographing restoring selling sewing cleaning studying folding knitting")
HOBBY_OBJECTS = _words("""
clocks stamps boats birds coins maps shells trains kites dolls hats baskets radios lamps bottles stones leaves
insects flowers trees bridges castles robots puzzles candles masks flags buttons postcards books bicycles cameras
drums bells knives spoons mugs ships planes cars houses horses fish mushrooms clouds trams scarves socks
""")
HOBBIES = _phrases("""
gardening, fishing, hiking, reading, cooking, knitting, dancing, singing, chess, photography, running, swimming,
pottery, baking, camping, birdwatching, juggling, calligraphy, archery, astronomy, origami, yoga
""")
ALLERGENS = _phrases("""
peanuts, cats, dogs, pollen, milk, eggs, shrimp, wheat, soy, dust, bees, strawberries, tomatoes, kiwis, walnuts,
almonds, sesame, mustard, celery, feathers, wool, latex, penicillin, apples, mangoes, fish, oats, garlic
""")
ALLERGEN_WORDS = _words("hazel birch oak willow grass nettle rose lily pine sheep rabbit goose horse goat plum fig cherry pear lentil bean rice barley rye corn pepper onion lemon melon banana")
ALLERGEN_ENDS = _words("pollen milk seeds flour oil leaves juice wool feathers dust")
GROCERIES = _phrases("""
eggs, milk, bread, butter, cheese, apples, bananas, pears, plums, grapes, lemons, tomatoes, onions, carrots, potatoes,
rice, pasta, beans, lentils, flour, sugar, salt, pepper, honey, jam, tea, coffee, juice, yogurt, cream, salmon,
chicken, ham, tofu, spinach, cabbage, leeks, mushrooms, garlic, ginger, nuts, raisins, oats, soap, candles, matches,
batteries, string, tape, napkins, olive oil, oat milk, red beans, sour cream, brown sugar, paper towels, light bulbs,
cat food, toothpaste, shampoo, vinegar, mustard, crackers, chocolate, biscuits, mint, basil, parsley, radishes
""")
MONTHS = _words("January February March April May June July August September October November December")
STREET_ENDS = _words("Street Street Street Road Road Lane Lane Avenue Way Square Hill Court Row Drive")
SCHOOL_ENDS = _phrases("School, School, High School, College, Academy, Primary School")
TOWN_ENDS = _words("ville ton burg ford ham stead mouth field wick by dorf stad berg holm port vale heim mere dale")

# Sounds for invented words.  The first letter is drawn evenly from the
# alphabet, so that no letter is a hint.
_FIRST_SOUNDS: dict[str, tuple[str, ...]] = {
    "b": ("b", "b", "br", "bl"), "c": ("c", "c", "cr", "cl", "ch"), "d": ("d", "d", "dr", "dw"),
    "f": ("f", "f", "fr", "fl"), "g": ("g", "g", "gr", "gl"), "h": ("h",), "j": ("j",), "k": ("k", "k", "kr", "kl", "kn"),
    "l": ("l",), "m": ("m",), "n": ("n",), "p": ("p", "p", "pr", "pl", "ph"), "q": ("qu",), "r": ("r", "r", "rh"),
    "s": ("s", "s", "sk", "st", "sh", "sl", "sm", "sn", "sp", "sv"), "t": ("t", "t", "tr", "th", "tw"),
    "v": ("v", "v", "vr"), "w": ("w", "w", "wh", "wr"), "x": ("x",), "y": ("y",), "z": ("z", "z", "zw"),
}
_VOWELS = _words("a a a e e e i i i o o o u u ai ea ee ei ie io oa oo ou au y a e i o u")
_FIRST_VOWELS = {"a": ("a", "a", "ai", "au"), "e": ("e", "e", "ei"), "i": ("i",), "o": ("o", "o", "oo"), "u": ("u",)}
_MIDDLES = _words("""
b d f g k l m n p r s t v z b d g k l m n r s t v ld lm lt lv mb mp nd ng nk nt nv rb rd rg rk rl rm rn rt rv sk sp st
th sh ch ll mm nn rr ss tt bb dd zz ck dr br gr tr kl fl lb ns rs pt x w h j dl vr
""")
_ENDS = _words("""
a a a e i o o y ie ia io us is en er el in on an or ar ik ok ek ak im um om it et ot ur ir os as es ix ax ey
ald ond ind ent ark erk orn erd esk isk ost unk umb oth ash osh uff ell all ill olf urn
""")
_RUDE_PARTS = _words("""
fuck shit cunt dick cock tit pus arse ass nig fag cum sex slut whor rap anal anus kill nazi hitl piss bitch poo pee fart
turd wank twat jap spic coon gay homo porn nud die dead hell damn
""")
_ORDINARY = _words("""
the and for are but not you all any can had her was one our out day get has him his how man new now old see two way
who boy did its let put say she too use dad mom big bad end few got own run set top try ask men why yes yet about
other many then them these some would make like into time look write number water been call oil find long down come
made part over sound take only little work know place year live back give most very after thing just name good
sentence think great where help through much before line right mean same tell follow came want show also around form
three small set put does another well large must even such because turn here went read need land different home
us move kind hand picture again change off play spell air away animal house point page letter mother answer found
study still learn should world high every near add food between country plant last school father keep tree never
start city earth eye light thought head under story saw left late while along might close something seem next hard
open example begin life always those both paper together often until mile river car feet care second enough plain
girl usual young ready above ever red list though feel talk bird soon body dog family direct pose leave song measure
door product black short class wind question happen complete ship area half rock order fire south problem piece told
knew pass since whole king space heard best hour better during remember step early hold west ground interest reach
fast sing listen table travel less morning ten simple several toward war lay against pattern slow center love person
money serve appear road map rain rule govern pull cold notice voice unit power town fine certain fly fall lead cry
dark machine note wait plan figure star box noun field rest able pound done beauty drive stood contain front teach
week final gave green quick develop ocean warm free minute strong special mind behind clear tail produce fact street
inch nothing course stay wheel full force blue object decide surface deep moon island foot system busy test record
boat common gold possible plane age dry wonder laugh thousand ago ran check game shape miss brought heat snow tire
bring distant fill east paint language among beaver clover cinder dragon salad melon lemon panel ladder letter
""")


def is_held_out(value: str) -> bool:
    """Say whether a value belongs to the evaluation part of the value space.

    The rule: take the first four bytes of the sha256 hash of the lower-cased
    UTF-8 text as a big-endian number; the value is held out when that number
    modulo 100 is below `HELD_OUT_PERCENT`.  It depends on nothing else, so
    every program that follows the rule finds the same split.
    """
    digest = hashlib.sha256(value.lower().encode("utf-8")).digest()
    return int.from_bytes(digest[:4], "big") % 100 < HELD_OUT_PERCENT


def with_article(noun: str) -> str:
    """Put "a" or "an" before a noun."""
    return ("an " if noun[0].lower() in "aeiou" else "a ") + noun


class Values:
    """Draws values of many kinds from one of the two parts of the value space.

    With `held_out=False` (training) no drawn value is held out.  With
    `held_out=True` (evaluation) every drawn value is, and names are always
    invented, so that they do not occur in ordinary text.
    """

    def __init__(self, generator: random.Random, held_out: bool = False) -> None:
        """Use `generator` for all draws."""
        self.random = generator
        self.held_out = held_out

    def _draw(self, make: Callable[[], str]) -> str:
        """Draw until a value lies in the wanted part."""
        while True:
            value = make()
            if is_held_out(value) == self.held_out:
                return value

    def _pick(self, words: Sequence[str]) -> str:
        """Pick one word."""
        return words[int(self.random.random() * len(words))]

    def _chance(self, share: float) -> bool:
        """Return true with the given probability."""
        return self.random.random() < share

    def _pair(self, firsts: Sequence[str], seconds: Sequence[str]) -> str:
        """Combine two different words into a two-word phrase."""
        while True:
            first, second = self._pick(firsts), self._pick(seconds)
            if first != second:
                return f"{first} {second}"

    # Invented words.

    def _invented(self) -> str:
        """Return an invented, pronounceable, capitalised word of 3 to 9 letters."""
        shortest = 5 if self.held_out else 3
        while True:
            word = self._blended() if self._chance(0.2) else self._syllables()
            if not shortest <= len(word) <= 9:
                continue
            # Part of a longer value ("Osk Lane"), it must not be held out either.
            if not self.held_out and is_held_out(word):
                continue
            if word in _REAL_WORDS or any(part in word for part in _RUDE_PARTS):
                continue
            return word.capitalize()

    def _syllables(self) -> str:
        """Build a lower-case word from sounds."""
        letter = self._pick("abcdefghijklmnopqrstuvwxyz")
        if letter in _FIRST_VOWELS:
            word = self._pick(_FIRST_VOWELS[letter])
        else:
            word = self._pick(_FIRST_SOUNDS[letter])
            # Without a middle part the ending brings the vowel.
            if self._chance(0.12):
                return word + self._pick(_ENDS)
            word += self._pick(_VOWELS)
        for _ in range(self._pick((0, 0, 0, 0, 1, 1, 1, 2))):
            word += self._pick(_MIDDLES) + self._pick(_VOWELS)
        return word + self._pick(_MIDDLES) + self._pick(_ENDS)

    def _blended(self) -> str:
        """Join the head of one real name and the tail of another."""
        head, tail = self._pick(FIRST_NAMES).lower(), self._pick(FIRST_NAMES).lower()
        return head[: self._pick((2, 3, 3, 4))] + tail[-self._pick((2, 3, 3, 4)):]

    def _name_from(self, real: Sequence[str], real_share: float) -> str:
        """Draw a real name with the given probability, else an invented one."""
        if not self.held_out and self._chance(real_share):
            return self._pick(real)
        return self._invented()

    def word(self) -> str:
        """Return a lower-case secret word, real or invented."""
        def make() -> str:
            if not self.held_out and self._chance(0.4):
                return self._pick(self._pick((THINGS, NATURE, ANIMALS, FRUITS, COLOURS)))
            return self._invented().lower()
        return self._draw(make)

    # Names.

    def person_name(self) -> str:
        """Return a first name."""
        return self._draw(lambda: self._name_from(FIRST_NAMES, 0.35))

    def family_name(self) -> str:
        """Return a family name."""
        return self._draw(self._invented)

    def pet_name(self) -> str:
        """Return a name for an animal."""
        return self._draw(lambda: self._name_from(PET_NAMES if self._chance(0.7) else FIRST_NAMES, 0.35))

    def town(self) -> str:
        """Return the name of a town or city."""
        def make() -> str:
            if not self.held_out and self._chance(0.35):
                return self._pick(CITIES)
            if self._chance(0.25):
                word = self._invented()
                return (word if len(word) <= 5 else word[:4]) + self._pick(TOWN_ENDS)
            return self._invented()
        return self._draw(make)

    def street(self) -> str:
        """Return a street name such as "Talmera Lane"."""
        def make() -> str:
            first = self._invented() if self.held_out or self._chance(0.75) else self._pick(NATURE).capitalize()
            return f"{first} {self._pick(STREET_ENDS)}"
        return self._draw(make)

    def school(self) -> str:
        """Return the name of a school."""
        def make() -> str:
            first = self._invented() if self.held_out or self._chance(0.75) else self._pick(CITIES)
            return f"{first} {self._pick(SCHOOL_ENDS)}"
        return self._draw(make)

    def vehicle_name(self) -> str:
        """Return a name for a boat or a car."""
        def make() -> str:
            if self._chance(0.3):
                return self._pair(ADJECTIVES, ANIMALS).title()
            return self._name_from(FIRST_NAMES, 0.2)
        return self._draw(make)

    def title(self) -> str:
        """Return the title of a book, a song, a film or a game."""
        def make() -> str:
            style = self.random.random()
            if style < 0.35:
                return "The " + self._pair(ADJECTIVES, NATURE).title()
            if style < 0.6:
                return self._pair(ADJECTIVES, NATURE).title()
            if style < 0.75:
                return f"The {self._pick(NATURE).title()} of {self._invented()}"
            return self._invented()
        return self._draw(make)

    # Numbers.

    def number(self) -> str:
        """Return a number of 2 to 6 digits (3 to 5 for evaluation)."""
        def make() -> str:
            digits = self._pick((3, 4, 5)) if self.held_out else self._pick((2, 2, 3, 3, 4, 4, 5, 6))
            return str(self.random.randrange(10 ** (digits - 1), 10 ** digits))
        return self._draw(make)

    def small_number(self) -> str:
        """Return a number of 2 or 3 digits (3 for evaluation)."""
        low = 100 if self.held_out else self._pick((10, 10, 100))
        return self._draw(lambda: str(self.random.randrange(low, 100 if low == 10 else 1000)))

    def age(self) -> str:
        """Return an age in years."""
        return self._draw(lambda: str(self.random.randrange(6, 99)))

    def code(self) -> str:
        """Return a code: digits, or a word and a number."""
        def make() -> str:
            style = self.random.random()
            if style < 0.6:
                digits = self._pick((4, 4, 4, 5, 6)) if not self.held_out else self._pick((4, 5))
                return "".join(self._pick("0123456789") for _ in range(digits))
            if style < 0.85:
                return f"{self._pick(COLOURS if self._chance(0.5) else ANIMALS)}-{self.random.randrange(10, 1000)}"
            return f"{self._pick('ABCDEFGHJKLMNPQRSTUVWXYZ')}{self.random.randrange(10, 10000)}"
        return self._draw(make)

    def clock_time(self) -> str:
        """Return a time of day such as "4:35" or "10:15 am"."""
        def make() -> str:
            text = f"{self.random.randrange(1, 13)}:{self.random.randrange(0, 60, self._pick((5, 1))):02d}"
            return text + self._pick(("", "", " am", " pm"))
        return self._draw(make)

    def date(self) -> str:
        """Return a day of the year such as "12 March" or "March 12"."""
        def make() -> str:
            month, day = self._pick(MONTHS), self.random.randrange(1, 29)
            return f"{day} {month}" if self._chance(0.4) else f"{month} {day}"
        return self._draw(make)

    # Favourites and other common nouns.

    def _common(self, plain: Sequence[str], firsts: Sequence[str], seconds: Sequence[str], plain_share: float) -> str:
        """Draw a plain noun at times, else a two-word combination."""
        def make() -> str:
            if not self.held_out and self._chance(plain_share):
                return self._pick(plain)
            return self._pair(firsts, seconds)
        return self._draw(make)

    def colour(self) -> str:
        """Return a colour."""
        return self._common(COLOURS, SHADES, COLOURS, 0.35)

    def food(self) -> str:
        """Return a dish."""
        return self._common(FOODS, TASTES, FOODS, 0.2)

    def drink(self) -> str:
        """Return a drink."""
        return self._common(DRINKS, DRINK_TASTES, DRINKS, 0.2)

    def animal(self) -> str:
        """Return an animal."""
        return self._common(ANIMALS, ANIMAL_WORDS, ANIMALS, 0.35)

    def sport(self) -> str:
        """Return a sport."""
        return self._common(SPORTS, SPORT_WORDS, SPORTS, 0.45)

    def fruit(self) -> str:
        """Return a fruit."""
        return self._common(FRUITS, FRUIT_WORDS, FRUITS, 0.4)

    def flower(self) -> str:
        """Return a flower."""
        return self._common(FLOWERS, FLOWER_WORDS, FLOWERS, 0.4)

    def ice_cream(self) -> str:
        """Return a flavour of ice cream."""
        def make() -> str:
            if not self.held_out and self._chance(0.3):
                return self._pick(ICE_CREAM_WORDS)
            return self._pair(ICE_CREAM_WORDS, ICE_CREAM_WORDS).replace(" ", " and ")
        return self._draw(make)

    def season(self) -> str:
        """Return a season; this space is too small for evaluation."""
        return self._common(SEASONS, SEASON_WORDS, SEASONS, 0.6)

    def instrument(self) -> str:
        """Return a musical instrument."""
        return self._common(INSTRUMENTS, INSTRUMENT_WORDS, INSTRUMENTS, 0.5)

    def job(self) -> str:
        """Return a job."""
        return self._common(JOBS, JOB_OBJECTS, JOB_AGENTS, 0.4)

    def hobby(self) -> str:
        """Return a hobby."""
        return self._common(HOBBIES, HOBBY_VERBS, HOBBY_OBJECTS, 0.3)

    def allergen(self) -> str:
        """Return something that a person may be allergic to."""
        return self._common(ALLERGENS, ALLERGEN_WORDS, ALLERGEN_ENDS, 0.4)

    def thing(self) -> str:
        """Return a thing that one can buy or own."""
        return self._common(THINGS, QUALITIES, THINGS, 0.1)

    def hiding_place(self) -> str:
        """Return a place such as "under the blue pot"."""
        def make() -> str:
            if self._chance(0.4):
                return f"in the {self._pair(QUALITIES, CONTAINERS)}"
            return f"{self._pick(('under', 'behind', 'next to'))} the {self._pair(QUALITIES, COVERS)}"
        return self._draw(make)

    def shopping_list(self) -> str:
        """Return two to four things to buy as one phrase."""
        def make() -> str:
            items = self.random.sample(GROCERIES, self._pick((2, 3, 3, 4)))
            return ", ".join(items[:-1]) + " and " + items[-1]
        return self._draw(make)


_REAL_WORDS = frozenset(
    word.lower()
    for words in (FIRST_NAMES, PET_NAMES, CITIES, COLOURS, SHADES, TASTES, FOODS, DRINKS, ANIMALS, SPORTS, FRUITS,
                  FLOWERS, ADJECTIVES, THINGS, NATURE, CONTAINERS, COVERS, INSTRUMENTS, JOBS, HOBBIES, ALLERGENS,
                  GROCERIES, MONTHS, _ORDINARY)
    for word in words
)
