"""Word tables for the small-talk templates: things people chat about, jokes, riddles, facts."""

from __future__ import annotations

from corpus.small_talk_templates import table_rows

_NUMBER_WORDS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen "
                 "fourteen fifteen sixteen seventeen eighteen nineteen twenty").split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = ("January February March April May June July August September October November "
           "December").split()


def _sums() -> list[dict[str, str]]:
    rows = []
    for left in range(0, 21):
        for right in range(0, 21 - left):
            rows.append({"sum_left": str(left), "sum_right": str(right), "sum_total": str(left + right)})
    return rows


def _differences() -> list[dict[str, str]]:
    return [{"minus_left": str(left), "minus_right": str(right), "minus_total": str(left - right)}
            for left in range(1, 21) for right in range(0, left + 1)]


def _counting() -> list[dict[str, str]]:
    rows = []
    for last in (3, 5, 6, 7, 8, 10, 12, 15, 20):
        rows.append({"count_end": str(last), "count_list": ", ".join(str(n) for n in range(1, last + 1)),
                     "count_words": ", ".join(_NUMBER_WORDS[1:last + 1])})
    return rows


def _next_number() -> list[dict[str, str]]:
    return [{"number": str(n), "number_next": str(n + 1), "number_before": str(n - 1)} for n in range(1, 20)]


def _cycle(names: list[str], prefix: str) -> list[dict[str, str]]:
    size = len(names)
    return [{prefix: names[i], prefix + "_next": names[(i + 1) % size],
             prefix + "_before": names[(i - 1) % size]} for i in range(size)]


TABLES = [
    _sums(), _differences(), _counting(), _next_number(), _cycle(_DAYS, "day"), _cycle(_MONTHS, "month"),
    table_rows("food food_be food_it", """pancakes/are/them; pizza/is/it; pasta/is/it; soup/is/it; salad/is/it
        apple pie/is/it; chocolate cake/is/it; rice/is/it; noodles/are/them; sandwiches/are/them; curry/is/it
        fried eggs/are/them; cheese/is/it; fresh bread/is/it; ice cream/is/it; potatoes/are/them; fish/is/it
        dumplings/are/them; tacos/are/them; waffles/are/them; porridge/is/it; tomato soup/is/it; burgers/are/them
        chips/are/them; sushi/is/it; biscuits/are/them; chicken/is/it; lasagne/is/it; beans on toast/is/it"""),
    table_rows("meal", "breakfast; lunch; dinner; supper"),
    table_rows("fruit fruit_one fruit_colour", """apples/an apple/red or green; bananas/a banana/yellow
        oranges/an orange/orange; lemons/a lemon/yellow; strawberries/a strawberry/red; plums/a plum/purple
        cherries/a cherry/red; pears/a pear/green or yellow; grapes/a grape/green or purple; limes/a lime/green
        blueberries/a blueberry/blue; peaches/a peach/orange and pink"""),
    table_rows("drink", """tea; coffee; hot chocolate; orange juice; lemonade; green tea; apple juice; water; milk
        mint tea; black coffee; iced tea"""),
    table_rows("music", """jazz; rock; pop; folk music; classical music; rap; country music; piano music; old songs
        dance music; blues; hip hop; opera; choir music"""),
    table_rows("instrument", "piano; guitar; violin; flute; drums; trumpet; cello; ukulele; recorder; saxophone"),
    table_rows("film_kind film_look", """funny films/make people laugh; scary films/give people a little shiver
        cartoons/are full of colour; adventure films/are full of action; old films/have a charm of their own
        love stories/warm the heart; space films/let us dream about the stars; animal films/are often sweet
        musicals/are full of songs; detective films/make you guess until the end"""),
    table_rows("book_kind book_look", """detective stories/keep you guessing; fairy tales/are full of magic
        adventure books/take you far away; poems/say a lot in few words; comics/tell a story in pictures
        history books/show how people lived; books about animals/teach us a lot; fantasy books/open a new world
        love stories/warm the heart; cookbooks/make people hungry; ghost stories/are a little scary"""),
    table_rows("sport sport_verb", """football/play football; tennis/play tennis; swimming/swim; running/run
        basketball/play basketball; cycling/ride a bike; volleyball/play volleyball; hiking/hike; skiing/ski
        dancing/dance; yoga/do yoga; climbing/climb; badminton/play badminton; skating/skate; rowing/row
        table tennis/play table tennis; golf/play golf; hockey/play hockey; karate/do karate"""),
    table_rows("game", """chess; cards; hide and seek; checkers; board games; video games; puzzles; dominoes; tag
        word games; computer games; crosswords"""),
    table_rows("animal animal_sound animal_food animal_many animal_baby", """cat/meow/fish and meat/cats/kitten
        dog/woof/meat and dog food/dogs/puppy; cow/moo/grass/cows/calf; sheep/baa/grass/sheep/lamb
        duck/quack/plants and small bugs/ducks/duckling; pig/oink/almost anything/pigs/piglet
        horse/neigh/grass and hay/horses/foal; lion/roar/meat/lions/cub; frog/croak/flies and other bugs/frogs/tadpole
        bee/buzz/nectar from flowers/bees/larva; owl/hoot/mice and other small animals/owls/owlet
        mouse/squeak/seeds and grain/mice/pup; hen/cluck/seeds and worms/hens/chick
        goat/bleat/grass and leaves/goats/kid; wolf/howl/meat/wolves/cub; donkey/hee-haw/grass and hay/donkeys/foal
        snake/hiss/mice and other small animals/snakes/snakelet; crow/caw/seeds and bugs/crows/chick"""),
    table_rows("wild wild_food", """rabbit/grass and leaves; panda/bamboo; monkey/fruit and leaves
        elephant/grass, leaves and fruit; giraffe/leaves from tall trees; bear/berries, fish and honey
        squirrel/nuts and seeds; penguin/fish; fox/mice, berries and bugs; hedgehog/bugs and worms
        tiger/meat; koala/leaves; seal/fish; deer/grass and leaves; spider/flies and other bugs; robin/worms and seeds"""),
    table_rows("pet pet_like", """cat/Cats like to sleep in warm places; dog/Dogs love long walks
        hamster/Hamsters love to run in a wheel; rabbit/Rabbits love to hop around; goldfish/Goldfish are calm to watch
        parrot/Parrots are very clever birds; kitten/Kittens love to play; puppy/Puppies are full of energy
        guinea pig/Guinea pigs make funny little sounds; tortoise/Tortoises are slow and calm; budgie/Budgies love to chirp"""),
    table_rows("pet_name", """Max; Luna; Bella; Charlie; Coco; Rocky; Daisy; Milo; Lucky; Biscuit; Pepper; Snowy; Teddy
        Ginger; Pip; Buddy; Oscar; Molly; Felix; Shadow"""),
    table_rows("plant", """tomatoes; roses; sunflowers; carrots; herbs; tulips; beans; strawberries; potatoes; violets
        pumpkins; peas; lilies; onions; daisies"""),
    table_rows("place place_look", """Paris/people say it is full of good food and art; Rome/it is very old and full of history
        London/it is a big and busy city; Berlin/there is a lot of history and music; Spain/it is sunny and warm
        Italy/it is known for good food; Japan/it has fine gardens and tall cities; Norway/it has deep blue fjords
        Greece/it has many sunny islands; Scotland/it has green hills and lakes; Canada/it has huge forests
        Egypt/it has the great pyramids; Portugal/it has long beaches; Sweden/it has many lakes and forests
        New York/it is full of tall buildings; Iceland/it has ice and hot springs; Vienna/it is famous for music"""),
    table_rows("outing", """the sea; the beach; the mountains; the park; the zoo; the lake; the forest; the museum; the market
        the river; the countryside; the city"""),
    table_rows("vehicle", "train; car; bus; plane; boat; bike"),
    table_rows("weather weather_say", """sunny/A sunny day is a good time to be outside; rainy/Rain is good for the plants
        cold/A warm jumper and a hot drink help on a cold day; windy/Hold on to your hat
        snowy/Snow makes everything look so quiet; foggy/Fog can make the world feel like a dream
        very hot/Drink plenty of water and stay in the shade; cloudy/Maybe the sun will come out later
        stormy/It is a good day to stay inside; warm/Warm days are lovely for a walk"""),
    table_rows("travel_vehicle", "the train; the car; the bus; a plane; a boat; our bikes"),
    table_rows("sport_play", "football; tennis; cards; chess; music; basketball; volleyball"),
    table_rows("lost lost_it", "keys/them; phone/it; bag/it; glasses/them; book/it; hat/it; ring/it; wallet/it; umbrella/it; gloves/them"),
    table_rows("season season_look", """spring/flowers and fresh green leaves; summer/long warm days and ice cream
        autumn/red and gold leaves; winter/snow, warm soup and cosy evenings"""),
    table_rows("job job_look", """teacher/Teachers help so many people learn; nurse/Nurses do so much good
        doctor/Doctors help people get well; cook/Good food makes people happy; driver/It is good to know the roads well
        baker/Fresh bread smells wonderful, people say; farmer/Farmers feed us all
        gardener/It must be nice to work with plants; builder/It is great to make things that last
        waiter/Waiters need a good memory and quick feet; cleaner/A clean place makes everyone feel better
        student/There is always something new to learn; artist/It is fine to make something from nothing
        writer/Words can do so much; carpenter/Working with wood must be satisfying
        bus driver/You take people where they need to go; hairdresser/You make people feel good
        programmer/Someone like you made me; shop assistant/You must meet many people; vet/Animals are lucky to have you
        musician/Music makes the world brighter; firefighter/That is a brave job; librarian/You live among good stories"""),
    table_rows("subject", """maths; English; history; art; music; science; geography; biology; sport; reading; drawing
        physics; chemistry; French; Spanish"""),
    table_rows("relative", "mum; dad; brother; sister; grandma; grandpa; aunt; uncle; cousin"),
    table_rows("close", "mum; dad; brother; sister; grandma; grandpa; friend; best friend; cousin; neighbour"),
    table_rows("holiday", "Christmas; Easter; New Year; Halloween; the summer holidays"),
    table_rows("chore_clean", "the house; the floor; the kitchen; my room; the bathroom; the windows; the garage; my desk; the car"),
    table_rows("ware_gift", "a good book; a warm scarf; a pretty cup; a game; a plant; a box of chocolates; a nice photo; flowers"),
    table_rows("ware ware_this ware_it", """shoes/those/them; a coat/that/it; a new phone/that/it; gloves/those/them
        a lamp/that/it; a book/that/it; a bike/that/it; trousers/those/them; a hat/that/it; a table/that/it
        curtains/those/them; a dress/that/it; a scarf/that/it; boots/those/them"""),
    table_rows("hobby hobby_look", """painting/Colours can say a lot; drawing/A pencil and paper are all you need
        reading/A good book is a good friend; knitting/It is nice to make warm things; cooking/Good food makes people happy
        singing/Singing lifts the mood; photography/A photo can keep a moment; gardening/It is nice to watch things grow
        fishing/It is quiet by the water; dancing/Dancing is good for the heart; baking/A warm cake makes a house a home
        sewing/It is useful to make your own things; hiking/Fresh air is good for you; writing/Words can do so much
        playing the guitar/It takes practice, and it is worth it; birdwatching/Birds are a joy to watch
        collecting stamps/Small things can tell big stories; playing chess/Chess is a fine game for the mind"""),
    table_rows("ache", """a headache; a cold; a sore throat; a stomach ache; a fever; a cough; a toothache; back pain; a sore knee
        the flu; an earache"""),
    table_rows("colour colour_like colour_thing", """red/warm and strong/a ripe strawberry; blue/calm, like the sky/the sky
        green/fresh, like grass/a leaf; yellow/bright, like the sun/a lemon; purple/rich, like plums/a plum
        orange/warm and cheerful/a carrot; pink/soft and sweet/a flamingo; white/clean, like snow/snow
        black/deep, like the night/the night sky; brown/warm, like wood/chocolate"""),
    table_rows("thing_coloured its_colour", """the sky/blue; grass/green; snow/white; a banana/yellow; a strawberry/red
        a carrot/orange; the sun/yellow; a frog/green; milk/white; a lemon/yellow; coal/black; a ripe tomato/red
        chocolate/brown; a leaf/green; the sea/blue; a flamingo/pink; an elephant/grey; a plum/purple; a crow/black"""),
    table_rows("mix_one mix_two mix_made", "blue/yellow/green; red/yellow/orange; red/blue/purple; red/white/pink; black/white/grey"),
    table_rows("word opposite", """hot/cold; big/small; up/down; day/night; happy/sad; fast/slow; old/young; open/closed
        light/dark; wet/dry; full/empty; hard/soft; high/low; long/short; loud/quiet; clean/dirty; early/late; good/bad
        left/right; strong/weak; thick/thin; rich/poor; easy/difficult; inside/outside; black/white; heavy/light
        first/last; yes/no; near/far; true/false; sweet/sour; cheap/expensive; always/never; before/after; new/old"""),
    table_rows("fact_question fact_answer", """How many legs does a spider have?/A spider has eight legs.
        How many legs does a cat have?/A cat has four legs.
        How many legs does an insect have?/An insect has six legs.
        How many legs does a bird have?/A bird has two legs.
        How many days are in a week?/There are seven days in a week.
        How many months are in a year?/There are twelve months in a year.
        How many hours are in a day?/There are 24 hours in a day.
        How many minutes are in an hour?/There are 60 minutes in an hour.
        How many seasons are there?/There are four seasons: spring, summer, autumn and winter.
        How many wheels does a car have?/A car has four wheels.
        How many wheels does a bike have?/A bike has two wheels.
        How many fingers do people have?/Most people have ten fingers, five on each hand.
        What are the days of the week?/Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday.
        What are the four seasons?/The four seasons are spring, summer, autumn and winter.
        What are the colours of the rainbow?/Red, orange, yellow, green, blue, indigo and violet.
        Where do fish live?/Fish live in water, in rivers, lakes and the sea.
        Where do birds live?/Many birds live in nests, often in trees.
        Where do bees live?/Bees live in a hive.
        Where do polar bears live?/Polar bears live in the cold north, near the ice.
        Where do penguins live?/Most penguins live in the cold south.
        What do bees make?/Bees make honey.
        What do cows give us?/Cows give us milk.
        What do hens lay?/Hens lay eggs.
        What do sheep give us?/Sheep give us wool and milk.
        Where does milk come from?/Most milk comes from cows.
        Where does honey come from?/Honey comes from bees.
        Where does bread come from?/Bread is made from flour, water and a little salt.
        Where does rain come from?/Rain falls from clouds, which are made of tiny drops of water.
        What is snow made of?/Snow is made of tiny crystals of ice.
        What is ice?/Ice is frozen water.
        What is the biggest animal?/The blue whale is the biggest animal of all.
        What is the tallest animal?/The giraffe is the tallest animal.
        What is the fastest animal on land?/The cheetah is the fastest animal on land.
        Can penguins fly?/No, penguins cannot fly, but they swim very well.
        Can fish fly?/Most fish cannot fly, but a few can jump out of the water and glide.
        Can cats swim?/Most cats can swim, but many do not like water.
        Is a whale a fish?/No, a whale is not a fish. It breathes air.
        Is a tomato a fruit?/Yes, a tomato is a fruit, but we cook it like a vegetable.
        Is the sun a star?/Yes, the sun is a star, the one nearest to the Earth.
        Is the earth round?/Yes, the Earth is round, like a ball.
        What comes after Monday?/Tuesday comes after Monday.
        When do we see the stars?/We see the stars at night, when the sky is dark and clear.
        When do leaves fall?/Many leaves fall in autumn.
        When do flowers bloom?/Many flowers bloom in spring.
        What do plants need?/Plants need water, light and air.
        What do people use umbrellas for?/An umbrella keeps you dry in the rain.
        What is a baby cat called?/A baby cat is called a kitten.
        What is a baby dog called?/A baby dog is called a puppy.
        What is a baby cow called?/A baby cow is called a calf.
        What is a baby sheep called?/A baby sheep is called a lamb.
        What is a baby duck called?/A baby duck is called a duckling.
        What do you call a house for a dog?/A house for a dog is called a kennel.
        What shape is a ball?/A ball is round.
        How many sides does a triangle have?/A triangle has three sides.
        How many sides does a square have?/A square has four equal sides.
        What do we see with?/We see with our eyes. Well, people do. I have none.
        What do we hear with?/People hear with their ears.
        What do you use a pen for?/People use a pen to write.
        What do you use a knife for?/People use a knife to cut things, with care.
        What is the first letter of the alphabet?/The first letter is A.
        What is the last letter of the alphabet?/The last letter is Z.
        What do frogs start as?/Frogs start as tadpoles.
        What do caterpillars turn into?/Caterpillars turn into butterflies or moths.
        Which animal has a long trunk?/The elephant has a long trunk.
        Which animal has a very long neck?/The giraffe has a very long neck.
        Which bird can talk?/A parrot can learn to say words."""),
    table_rows("joke", """Why did the bicycle fall over? It was two-tired.
        What do you call a bear with no teeth? A gummy bear.
        Why did the banana go to the doctor? It was not peeling well.
        What do you call cheese that is not yours? Nacho cheese.
        Why was the maths book sad? It had too many problems.
        What did one wall say to the other wall? I will meet you at the corner.
        Why did the cookie cry? Its mother had been a wafer so long.
        What do you call a sleeping dinosaur? A dino-snore.
        Why can't you tell an egg a joke? It might crack up.
        What is orange and sounds like a parrot? A carrot.
        Why did the chicken cross the road? To get to the other side.
        What do cows do for fun? They go to the moo-vies.
        Where do fish keep their money? In the river bank.
        Why did the scarecrow win a prize? He was outstanding in his field.
        What has four wheels and flies? A rubbish truck.
        How do you make a tissue dance? Put a little boogie in it.
        What kind of tree fits in your hand? A palm tree.
        Why do bees have sticky hair? They use honeycombs.
        What did zero say to eight? Nice belt!
        Why did the tomato turn red? It saw the salad dressing.
        How does the moon cut its hair? Eclipse it.
        What is a cat's favourite colour? Purr-ple.
        Why are fish so clever? They live in schools.
        What do you call a fish without an eye? Fsh."""),
    table_rows("riddle riddle_answer", """What has hands but cannot clap?/a clock
        What has to be broken before you can use it?/an egg
        What has a neck but no head?/a bottle
        What gets wetter the more it dries?/a towel
        What has teeth but cannot bite?/a comb
        What goes up but never comes down?/your age
        What has legs but cannot walk?/a table
        What has one eye but cannot see?/a needle
        What has keys but opens no doors?/a piano
        What is full of holes but still holds water?/a sponge
        What can you catch but not throw?/a cold
        What runs but has no legs?/water
        What has words but never speaks?/a book
        What has leaves but is not a tree?/a book
        What falls but never gets hurt?/the rain"""),
    table_rows("big_sum", """347 times 29; 1250 divided by 7; 88 times 64; the square root of 529; 9999 plus 4567; 15 percent of 860
        17 times 23; 4096 minus 1729; 365 times 24; 2 to the power of 16; 731 divided by 12"""),
    table_rows("code_language", "Python; Java; HTML; C; JavaScript; a computer language"),
    table_rows("outside_person", "my mum; my friend; a taxi; the police; my boss; my doctor; the bank; a restaurant"),
    table_rows("country_question", """the president of France; the mayor of my town; the king of Spain; the richest man
        the best football player; the boss of that big company"""),
    table_rows("big_topic", """quantum physics; the stock market; black holes; tax law; the Roman Empire; chemistry; politics
        how engines work; economics; the history of China; DNA; philosophy"""),
    table_rows("gibberish", """asdf; sdfgh; blah blah; hjkl; qwerty; lkjlkj; xyzzy; dfgdfg; bla bla bla; aaaaa; zzzz; fghj; jjjj
        wubba; grmpf; brrr brrr; tktktk; 12345; ???; ...; !!!"""),
    table_rows("single_word single_question", """music/Do you like to listen to music, or to play it?
        dogs/Do you have a dog?; cats/Do you have a cat?; food/Are you hungry?; football/Do you play football, or watch it?
        rain/Is it raining where you are?; school/Do you go to school?; work/Is work on your mind today?
        books/Do you like to read?; coffee/Do you drink a lot of coffee?; summer/Do you like the summer?
        snow/Is it snowing where you are?; pizza/Are you thinking of dinner?; holiday/Are you planning a holiday?
        love/Are you thinking of someone?; friends/Would you like to tell me about your friends?
        garden/Do you have a garden?; sea/Do you like the sea?; trees/Do you have a favourite tree?"""),
]
