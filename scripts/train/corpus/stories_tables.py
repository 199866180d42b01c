"""Word tables for the stories: who they are about, where they live, and what they find."""

from __future__ import annotations

from corpus.small_talk_templates import table_rows

GIRL_NAMES = """Mira Lily Anna Emma Sara Nina Lucy Ella Rosa Maya Ida Clara Zoe Amy Ruby Nora Eva Lena Sofia Mia
Tilly Hanna Grace Molly Alice Leila Priya Yuki Fatima Ines""".split()
BOY_NAMES = """Tom Ben Max Sam Leo Noah Finn Jack Tim Oscar Paul Adam Hugo Felix Theo Omar Luca Anton Jonas Will
Peter Ravi Kenji Daniel Emil Karl Mateo Ali Nico Henry""".split()
ANIMAL_NAMES_SHE = "Pip Daisy Hazel Coco Luna Bella Misty Poppy Fern Dot Penny Olive Willow Tansy Pearl Honey Minnie Flora".split()
ANIMAL_NAMES_HE = "Rufus Bruno Milo Toby Fuzz Dusty Oliver Pepper Barney Chip Rusty Basil Otto Bobo Monty Teddy Jasper Archie".split()
ANIMAL_KINDS = """fox rabbit mouse bear hedgehog squirrel cat puppy duckling frog badger kitten lamb pony otter mole
penguin beaver deer dog goat hamster piglet sparrow""".split()

HOMES_CHILD = (
    "in a small house near the sea", "in a village by the river", "in a little town with a red church",
    "in a yellow house at the edge of the forest", "on a farm with many animals", "in a tall house in the city",
    "in a white house on a hill", "in a quiet street with big old trees", "on a small island",
    "in a wooden house in the mountains")
HOMES_ANIMAL = (
    "in a green forest", "under an old oak tree", "by a quiet river", "near a big blue lake", "at the edge of a sunny meadow",
    "on a small farm", "under a hedge at the end of a garden", "in a cosy hole on a hill", "beside a clear pond",
    "in a valley full of flowers")

TABLES = [
    table_rows("trait", "brave; kind; clever; shy; curious; gentle; cheerful; quiet; happy; friendly; honest; lively; proud; dreamy"),
    table_rows("thing", """kite; ball; hat; scarf; drum; boat; bell; lantern; basket; whistle; key; book; button; cup; flute; necklace
        umbrella; bucket; mitten; coin"""),
    table_rows("toy", "toy train; toy car; wooden horse; teddy bear; doll; music box; toy boat; rag rabbit; spinning top; toy robot"),
    table_rows("toy_part", "wheel; string; handle; spring; piece; corner"),
    table_rows("colour", "red; blue; green; yellow; purple; orange; white; pink; brown; golden; silver"),
    table_rows("colour2", "red; blue; green; yellow; purple; white; pink; brown"),
    table_rows("hiding", """under a bush; behind a big stone; in the tall grass; under a bench; beside the old well; behind the barn
        at the foot of a tall tree; next to the bridge; in a heap of leaves; under the garden gate"""),
    table_rows("treat", """apple cake; berry pie; honey bread; carrot cake; plum pie; pancakes; nut bread; pumpkin soup; vegetable soup
        lemon cake; ginger biscuits; cherry cake"""),
    table_rows("fruit", "apples; pears; plums; berries; cherries; nuts; strawberries; grapes"),
    table_rows("gift", """a warm scarf; a little bell; a box of paints; a small drum; a bright lantern; a picture book; a wooden flute
        a pair of soft mittens; a round blue stone; a kite with a long tail"""),
    table_rows("flower", "sunflower; rose; tulip; daisy; poppy; lily; bean plant; apple tree; pumpkin; strawberry plant"),
    table_rows("sky_day", "sunny; warm; windy; bright; cool; grey; clear; misty"),
    table_rows("day", "Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday"),
    table_rows("season", "spring; summer; autumn"),
    table_rows("noise noise_by", """a scratching sound/a branch that touched the window; a soft tapping/the rain on the window
        a long low howl/the wind in the chimney; a creak/the old door, which was not quite closed
        a rustling sound/a hungry hedgehog at the door; a bump/an apple that fell from the tree
        a squeaking sound/a tiny mouse in the kitchen; a hooting sound/a young owl on the roof"""),
    table_rows("treasure", """a box full of shiny shells; a bag of golden coins; a box of old toys; a jar of sweets; a silver bell
        a big book of stories; a box of bright beads; a little golden cup"""),
    table_rows("map_place", "the old mill; the hollow tree; the stone bridge; the three pines; the old tower; the little cave; the round hill"),
    table_rows("dream_ride", "a big white bird; a soft cloud; a silver fish; a flying boat; a friendly whale; a golden leaf; a horse with wings"),
    table_rows("dream_place", """the land of sweets; the moon; an island of songs; a castle of glass; a forest of giant flowers
        the bottom of the sea; a town where everyone dances; a garden full of stars"""),
    table_rows("broken", "cup; vase; window; plate; lamp; bowl; jug; clock"),
    table_rows("skill skill_doing skill_where", """swim/swimming/at the lake; ride a bike/riding a bike/on the little path
        read/reading/at the kitchen table; skate/skating/on the frozen pond; sing/singing/on the hill
        whistle/whistling/in the garden; climb/climbing/by the old tree; dance/dancing/in the meadow"""),
    table_rows("race_end", "the old oak tree; the wooden bridge; the big rock; the red barn; the mill; the pond"),
    table_rows("snow_thing", "a snowman; a snow castle; a snow bear; a big snow cat; a snow house"),
    table_rows("nose", "a carrot; a pine cone; a red apple; a black stone"),
    table_rows("robot_job", """swept the streets; carried boxes; watered the plants; counted the stars; cleaned the windows; sorted the mail"""),
    table_rows("robot_place", "in a big grey factory; at the end of a long street; in an old workshop; on top of a hill; in a quiet library"),
    table_rows("cloud_wish", "to make someone happy; to have a friend; to be useful; to see the sea; to be seen by someone"),
    table_rows("storm", "the thunder; the dark; the deep water; the tall bridge; the big dog; the high wall; the dark cave"),
    table_rows("sight", "a long row of ants; a bright feather; a blue butterfly; a shiny beetle; a trail of petals; a rabbit with a white tail"),
    table_rows("weather_in", "rain; storm; wind"),
    table_rows("bird bird_where", """robin/in the hedge; blackbird/on the roof; swallow/under the roof; dove/on the gate; duck/by the pond"""),
]

TABLES.append(table_rows("path", "flowers; stones; leaves; lights; signs; berries; shells"))
