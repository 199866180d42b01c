"""More facts of the first school years, beside those of `facts_basic.tsv`: what the wordings of a kind are filled with."""

from __future__ import annotations

from corpus.wordings import options


def _pairs(text: str) -> list[tuple[str, str]]:
    """Rows `key: answer`, or `one, two, three: answer`."""
    rows = []
    for part in options(text.replace(";", "\n")):
        keys, _, answer = part.partition(":")
        rows += [(key.strip(), answer.strip()) for key in keys.split(",")]
    return rows


OPPOSITES = _pairs("""
good: bad; love: hate; left: right; new: old; young: old; first: last; come: go; cool: warm; kind: unkind; true: false; find: lose; give: take; begin: end
beautiful: ugly; high: low; wide: narrow; early: late; easy: difficult; heavy: light; strong: weak; rich: poor; inside: outside; above: below; before: after
always: never; near: far; push: pull; win: lose; buy: sell; laugh: cry; float: sink; smooth: rough; deep: shallow; empty: full; thick: thin; sharp: blunt
loud: quiet; brave: afraid; asleep: awake; arrive: leave; borrow: lend; alive: dead; polite: rude; sweet: sour; front: back; top: bottom; north: south; east: west
boy: girl; man: woman; king: queen; summer: winter; question: answer; friend: enemy; war: peace; yes: no; black: white; start: stop; remember: forget
open: closed; clean: dirty; dry: wet; fast: slow; hard: soft; happy: sad; long: short; light: dark; tall: short; noisy: quiet; rise: fall; build: destroy
more: less; many: few; everything: nothing; everybody: nobody; add: subtract; teach: learn; lazy: hard-working; cheap: expensive; safe: dangerous; tidy: messy
""")
OPPOSITES += [(answer, key) for key, answer in OPPOSITES if answer not in {key for key, _ in OPPOSITES}]

COLORS = _pairs("""
a strawberry, a fire engine, a cherry, blood, a stop sign, a ladybug, a rose, ketchup: red; the sea, a blueberry, a whale: blue; a frog, a cucumber, a leaf, a pea, a lime, broccoli, a cactus, spinach, an unripe banana: green
the sun, butter, a sunflower, corn, a baby chick, cheese, honey, mustard, an egg yolk: yellow; an orange, a carrot, a pumpkin, a basketball, a fox, the inside of a melon: orange
a pig, a flamingo, bubble gum: pink; a plum, an eggplant, lavender: purple; milk, salt, a swan, a polar bear, paper, a cloud, sugar, flour, a snowman, cotton, a tooth, rice: white
chocolate, a bear, mud, bread, coffee, wood, a coconut, a potato, a horse, toast: brown; a crow, night, tar, a raven, a tire, a blackboard: black
an elephant, a mouse, a stone, a rain cloud, a rhino, ash, a donkey: gray; a penguin, a zebra, a panda, a soccer ball: black and white; gold: yellow; silver: gray; cream: white; a raspberry: red
""")

USES = _pairs("""
a pen: writing; a fork: eating; a saw: cutting wood; a shovel: digging; a pillow: resting the head on; a blanket: keeping warm in bed; a comb: combing hair; a toothbrush: brushing teeth
an oven: baking; a kettle: boiling water; a pot: cooking; a plate: putting food on; a glass: drinking; a bowl: eating soup; a mirror: looking at yourself; a candle: giving light; a flashlight: seeing in the dark
a camera: taking pictures; a radio: listening to music; a television: watching shows; a computer: writing and playing; a car: driving; a bicycle: riding; a train: traveling far; a plane: flying
a ball: playing; a rope: tying things; glue: sticking things together; an eraser: rubbing out pencil marks; paint: painting; a bag: carrying things; a hat: keeping the head warm; gloves: keeping the hands warm
shoes: walking; an axe: chopping wood; a rake: gathering leaves; a watering can: watering plants; a ticket: riding a train; a stamp: sending a letter; a calendar: seeing the date; a dictionary: looking up words
a tent: sleeping outdoors; a swing: swinging; a slide: sliding down; a fishing rod: catching fish; a net: catching fish; a wheel: rolling; a door: going in and out; a roof: keeping out the rain; a fence: keeping animals in
a vacuum cleaner: cleaning the floor; a washing machine: washing clothes; an iron: making clothes smooth; a microscope: seeing tiny things; a telescope: looking at the stars; a compass: finding north; a scale: weighing things
a piano: making music; a drum: making music; a guitar: making music; a whistle: whistling; a mop: wiping the floor; a sponge: washing dishes; a match: lighting a fire; a backpack: carrying things; a freezer: keeping food frozen
""")

#: Groups: name with article, plural, members with article.
GROUPS: list[tuple[str, str, list[str]]] = []
for _line in """
a fruit; fruits; an apple, a pear, a banana, a cherry, a plum, a peach, a grape, a lemon, an orange, a melon, a mango, a strawberry, a kiwi, a fig, an apricot, a pineapple
a vegetable; vegetables; a carrot, a potato, an onion, a cabbage, a pea, a bean, a turnip, a radish, a leek, a cucumber, spinach, broccoli, lettuce, celery
a bird; birds; a robin, an eagle, an owl, a swan, a duck, a crow, a sparrow, a penguin, a parrot, a hen, a goose, a stork, a seagull, a pigeon, a tern, a swallow
a fish; fish; a shark, a salmon, a trout, a goldfish, a tuna, a herring, a cod, a carp
an insect; insects; a bee, an ant, a fly, a butterfly, a beetle, a wasp, a mosquito, a grasshopper, a ladybug, a moth, a cricket
an animal; animals; a dog, a cat, a horse, a cow, a lion, a tiger, a bear, an elephant, a monkey, a rabbit, a wolf, a fox, a goat, a sheep, a camel, a giraffe, a mouse, a squirrel, a zebra, a deer, a pig, a hedgehog
a flower; flowers; a rose, a tulip, a daisy, a lily, a sunflower, a violet, a poppy, a daffodil, a dandelion
a tree; trees; an oak, a pine, a birch, a willow, a maple, a beech, a fir, a palm
a tool; tools; a hammer, a saw, a screwdriver, a shovel, a rake, an axe, a drill, a wrench, a spade, pliers
a vehicle; vehicles; a car, a bus, a truck, a bicycle, a train, a tractor, a motorbike, a van, a taxi, a tram
a piece of furniture; furniture; a chair, a table, a bed, a sofa, a desk, a shelf, a wardrobe, a stool, a bench, a cupboard
a piece of clothing; clothes; a shirt, a coat, a dress, a skirt, a sock, a hat, a scarf, a jacket, a sweater, a glove, a belt
a musical instrument; musical instruments; a piano, a violin, a guitar, a flute, a drum, a trumpet, a harp, a cello, a clarinet, an accordion
a color; colors; red, blue, green, yellow, purple, pink, brown, gray, black, white, orange
a shape; shapes; a circle, a square, a triangle, a rectangle, an oval, a star, a hexagon, a cube
a drink; drinks; milk, water, tea, coffee, lemonade, orange juice, cocoa, apple juice
a sport; sports; tennis, football, hockey, basketball, swimming, baseball, volleyball, skiing, rugby, golf
a toy; toys; a doll, a teddy bear, a kite, a puzzle, a spinning top, a rattle, a yo-yo
a job; jobs; a baker, a teacher, a doctor, a farmer, a pilot, a nurse, a cook, a painter, a firefighter, a dentist, a builder
a part of the body; parts of the body; an arm, a leg, a hand, a foot, a knee, a nose, an ear, an elbow, a shoulder, a finger, a toe
a country; countries; France, Italy, Spain, Japan, Canada, Egypt, Brazil, India, Germany, Norway, Greece, China
a city; cities; Paris, London, Rome, Berlin, Madrid, Tokyo, New York, Vienna, Cairo
a planet; planets; Earth, Mars, Venus, Jupiter, Saturn, Mercury, Neptune, Uranus
a metal; metals; iron, gold, silver, copper, tin, steel
a season; seasons; spring, summer, autumn, winter
a number; numbers; seven, twelve, three, twenty, nine, a hundred
a meal; meals; breakfast, lunch, dinner, supper
a building; buildings; a house, a church, a school, a castle, a hospital, a barn, a tower
a feeling; feelings; joy, fear, anger, love, sadness
a room; rooms; a kitchen, a bedroom, a bathroom, a living room, a cellar
a sweet food; sweet foods; cake, chocolate, ice cream, candy, a cookie, honey
a ship; ships; a ferry, a sailboat, a canoe, a submarine
a language; languages; English, French, Spanish, German, Italian, Japanese
""".strip().splitlines():
    _one, _many, _members = (part.strip() for part in _line.split(";"))
    GROUPS.append((_one, _many, [member.strip() for member in _members.split(",")]))

#: Countries whose capitals are worth knowing by heart; of the others it is said that they are not known.
KNOWN_COUNTRIES = frozenset("""
France|Germany|Italy|Spain|Portugal|Austria|Switzerland|Belgium|Netherlands|Denmark|Norway|Sweden|Finland|Iceland|Ireland|Poland|Greece|Hungary|Russia|Ukraine
Turkiye|Egypt|Kenya|Morocco|Nigeria|Israel|Iran|Iraq|India|China|Japan|South Korea|North Korea|Thailand|Vietnam|Indonesia|Philippines|Australia|New Zealand|Canada|Mexico|Cuba
Brazil|Argentina|Chile|Peru|Colombia|Venezuela|Czechia|United Kingdom|Romania|Bulgaria|Croatia|Serbia|Luxembourg|Saudi Arabia|Pakistan|Nepal|Jamaica|Cyprus|Malta|Tunisia|Algeria|Ethiopia
""".replace("\n", "|").strip("|").split("|"))
MORE_CAPITALS = [
    ("England", "London"), ("Great Britain", "London"), ("Scotland", "Edinburgh"), ("Wales", "Cardiff"), ("the United States", "Washington"), ("America", "Washington"),
    ("the USA", "Washington"), ("Turkey", "Ankara"), ("the United Kingdom", "London"), ("the Netherlands", "Amsterdam"), ("Holland", "Amsterdam"), ("the Czech Republic", "Prague"),
    ("the Philippines", "Manila"), ("South Africa", "Pretoria"),
]

#: How a fact of the table is told in a whole sentence, where its kind has no wording of its own.
SENTENCES = {
    "What shines in the sky at night": "The moon and the stars shine in the sky at night.",
    "What happens to ice when it gets warm": "When ice gets warm, it melts.",
    "What happens to water when it gets very cold": "When water gets very cold, it freezes and turns to ice.",
    "What happens to water when it gets very hot": "When water gets very hot, it boils and turns to steam.",
    "What do plants need to grow": "Plants need water, light, air and soil to grow.",
    "What do people need to live": "People need air, water and food to live.",
    "What planet do we live on": "We live on the planet Earth.",
    "What goes around the Earth": "The moon goes around the Earth.",
    "What does the Earth go around": "The Earth goes around the sun.",
    "Where does rain come from": "Rain comes from clouds.",
    "What do fish breathe with": "Fish breathe with gills.",
    "What makes day and night": "The Earth turns around, and that makes day and night.",
    "Does wood float on water": "Yes, wood floats on water.",
    "Does a stone float on water": "No, a stone does not float. It sinks.",
    "Is the sun hot or cold": "The sun is very hot.",
    "Is a whale a fish": "No, a whale is a mammal.",
    "Is a bat a bird": "No, a bat is a mammal.",
    "Is a spider an insect": "No, a spider has eight legs, so it is not an insect.",
    "Can a penguin fly": "No, a penguin cannot fly, but it can swim.",
    "Can a fish fly": "No, most fish cannot fly. They swim.",
    "What color are most leaves": "Most leaves are green.",
    "How many seasons are there": "There are four seasons.",
    "When do leaves fall from the trees": "Leaves fall from the trees in autumn.",
    "When do flowers begin to bloom": "Flowers begin to bloom in spring.",
}

LISTS = {
    "the days of the week": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "the months of the year": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    "the seasons": ["spring", "summer", "autumn", "winter"],
    "the five senses": ["sight", "hearing", "smell", "taste", "touch"],
    "the colors of the rainbow": ["red", "orange", "yellow", "green", "blue", "indigo", "violet"],
    "the vowels": ["A", "E", "I", "O", "U"],
    "the continents": ["Africa", "Antarctica", "Asia", "Australia", "Europe", "North America", "South America"],
    "the planets": ["Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune"],
    "the primary colors": ["red", "yellow", "blue"],
    "the letters of the alphabet": list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "the days of the weekend": ["Saturday", "Sunday"],
}
NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
).split()
