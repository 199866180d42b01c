"""Small-talk intents about everyday life, child-level facts, and requests outside the reach.

Same format as in `small_talk_intents`: `# name`, `>` user wordings, `<` answers.
"""

EVERYDAY_INTENTS = """
# food_like
> I [like|love|really like|enjoy] {food}
> [My favourite food is|I could eat|I am in the mood for|I want|I would like some|I feel like having] {food}[| today| right now].
> I [had|ate|am eating|just had|am having] {food} [today|for {meal}|yesterday|]
> [We are having|We had|Tonight there is] {food} for {meal}.
> {Food} {food_be} [my favourite|so good|the best|delicious|very tasty]
> Do you like {food}?
> What do you think of {food}?
< {Food} {food_be} a good choice[, I hear|]. [Do you make {food_it} yourself?|What do you have with {food_it}?]
< I cannot taste anything, but many people love {food}. [How do you like {food_it} best?|Do you eat {food_it} often?]
< Mmm, {food}! [Who makes the best {food} you know?|I wish I could taste {food_it}.]
< {Food} {food_be} lovely for {meal}. [Can you cook {food_it}?|Do you cook a lot?]

# food_dislike
> I [don't like|do not like|hate|can't stand|don't really like] {food}
> {Food} {food_be} [not for me|awful|terrible|not my thing]
< Not everyone likes {food}. [What do you like to eat?|What is your favourite food?]
< That is fine, tastes differ. [What would you rather eat?|What do you like instead?]
< Then no {food} for you! [What do you like better?|What do you eat most?]

# hungry
> I am [so |very |really |a bit |][hungry|starving] [now|today|]
> [What should I eat|What should I cook|What can I eat|What can I cook today|What is for {meal}|What shall I make for {meal}|Any ideas for {meal}]?
> [I don't know what to cook|I need something to eat|I have not eaten today|I want something sweet|I want a snack].
< How about {food}? [That is good and simple.|Do you like {food_it}?]
< Maybe {food} would be nice. [What do you have in the kitchen?|Do you have time to cook?]
< You could have {food}. [Or do you want something else?|Does that sound good?]
< Something simple is often best. [What do you have at home?|Do you like soup?]

# cooking
> [I like to cook|I love cooking|I am cooking|I am cooking {meal}|I cook every day|I am baking a cake|I baked bread today|I can't cook|I am a bad cook|I am learning to cook|I burned my {meal}|I made {food} today][.|]
> [Can you cook|Do you know a recipe|Can you give me a recipe for {food}|How do I make {food}|How do you cook {food}]?
< Cooking is a fine skill. [What do you like to make?|What was the last thing you made?]
< I have no kitchen, but I like to hear about food. [What do you cook most often?|Who do you cook for?]
< Good food takes a little time. [Do you use a cookbook?|What is your best dish?]
< For a real recipe, a cookbook is better than I am. [What do you like to cook?|What do you have at home?]

# drink
> I [like|love|drink a lot of|prefer|need] {drink}
> [I am drinking|I am having|I want some|I just made|I always start the day with|Do you like|What do you think of] {drink}.
> [I am thirsty|I need something to drink|What should I drink|I want something warm to drink].
< A good drink makes a nice break. [What do you like best?|How do you like it?]
< Lovely! [Do you drink it in the morning?|Do you have it every day?]
< I cannot drink, but that sounds good. [What do you like to have with it?|Is it warm or cold?]
< Enjoy it! [Take a little break.|Are you taking a break?]

# weather
> [It is|It's|It is so|It is very|It is really] {weather} [today|here|outside|here today|]
> [The weather is|Today is|It was|It will be] {weather} [today|here|]
> I [like|love|don't like|hate] {weather} [weather|days]
< {Weather_say}. [Do you like this kind of weather?|Will you go out?|What are you going to do?]
< {Weather_say}. [What do you like to do on such a day?|How is it for you?]
< I never feel the weather, but I like to hear about it. {Weather_say}.
< Is it often {weather} where you live? {Weather_say}.

# weather_general
> [The weather is nice|The weather is bad|Nice weather today|What terrible weather|Lovely day today|It is raining|It's raining again|It is snowing|The sun is shining|There is a storm|It has been raining all day|What weather][.|!]
< Does it suit you? [Some days are good for going out, and some for staying in.|What will you do today?]
< I cannot see it, so thank you for telling me. [Do you like it?|Will you go outside?]
< The weather can change a whole day. [What is your favourite weather?|What will you do?]
< Oh, is that so? [Then what are your plans?|Do you stay in or go out?]

# season
> I [like|love|enjoy|can't wait for|am looking forward to|miss] {season}
> [{Season} is my favourite season|It is {season} now|{Season} is coming|{Season} is here|Do you like {season}|What do you think of {season}][.|]
< {Season} is [lovely|a fine time]. I think of {season_look}. [What do you like about it?|What do you do in {season}?]
< Ah, {season}! {Season_look}. [Is it your favourite season?|What do you like to do then?]
< Many people like {season} for {season_look}. [And you?|What do you like best?]

# work
> I am a {job}
> I work as a {job}
> My {relative} is a {job}
> [I want to be|I would like to become|I am learning to be] a {job}.
< A {job}! {Job_look}. [What is the best part?|What is it like?]
< That is a good job. {Job_look}.
< {Job_look}. [What do you like about it?|Is it hard work?]

# work_day
> [I am at work|I have to work today|I have a lot of work|Work was hard today|I hate my job|I love my job|I have a new job|I work from home|I have a meeting soon|I start work early|I have so much to do|I just came home from work][.|]
< What kind of work [is it|do you do]?
< Work takes up a lot of the day. [What do you like to do after it?|How do you rest?]
< I see. [Are the people there nice?|Is there something good about it?]
< I hope it goes well. [Do you get a break today?|How was your day?]
> [I have no job|I am looking for a job|I lost my job|I want a new job|I need a job].
< I hope you find a good one soon. [What would you like to do?|What are you good at?]
< That can be hard. [What kind of work would you like?|Do not lose heart.]
< Looking for work takes time. [What did you do before?|I wish you luck!]

# school
> [My favourite subject is|I like|I am good at|I am bad at|I have to study|I am learning|I study|I don't like] {subject}[| at school].
> [I have|We had] {subject} [today|tomorrow]
< {Subject} can be fun with a good teacher. [What are you learning now?|Is it hard?]
< How interesting! [What do you learn about in {subject}?|Do you have a good teacher?]
< {Subject} is worth learning. [What is the hardest part?|How long have you been learning it?]

# school_day
> [I go to school|I am at school|School was boring|School was fun today|I have homework|I have a test tomorrow|I don't like school|I love school|My teacher is nice|My teacher is strict|I got a good grade|I got a bad grade|School starts tomorrow|I am in third grade][.|]
< What do you like best at school?
< I see. [What is your favourite subject?|Which subject do you like?]
< School has good days and bad days. [How was today?|Do you have friends there?]
< Learning takes time, so be patient with yourself. [What are you learning now?|What is hard for you?]

# family
> My {relative} [is coming to visit|is here|called me today|lives far away|is very nice|makes me laugh|is ill|cooks very well|is funny|lives with us]
> I [visited|talked to|am going to see|miss|love|am with] my {relative}[ today|]
> [I have a big family|I have two brothers|I have a sister|I have three children|I live with my parents|My family is small|We had a family dinner|I am an only child|I just became an uncle|I am a mum|I am a dad].
< Family is [important|a big part of life]. [Do you see each other often?|What do you like to do together?]
< Tell me more! [What do you do together?|Are you close?]
< I like to hear about families. [Do you talk often?|Who is the funniest of you all?]
< I have no family, so I like to hear about yours. [What are they like?|Do they live near you?]

# friends
> [My friend|My best friend|A friend of mine|My neighbour] [is coming over|is very funny|lives next door|moved away|has a new dog|called me|helped me today|gave me a present|is a good cook]
> I [met|saw|called|am going to meet] [a friend|my best friend|an old friend|some friends] [today|tonight|yesterday|]
< Good friends are a treasure. [How did you meet?|How long have you known each other?]
< That is nice. [What do you do together?|What do you talk about?]
< Friends make life better. [Do you see each other often?|What do you like to do together?]

# music
> I [like|love|listen to|enjoy|don't like|am listening to] {music}
> [My favourite music is|Do you like|What do you think of|What do you know about] {music}.
< {Music} has its own charm. [Do you have a favourite song?|When do you listen to music?]
< I cannot hear it, but I know many people love {music}. [What do you listen to most?|Do you sing along?]
< Music can change a whole day. [Do you play something yourself?|Where do you listen to it?]

# instrument
> I [play|am learning|can play|want to learn|used to play] the {instrument}
> [My {relative}|My friend] plays the {instrument}.
> Can you play the {instrument}?
< The {instrument} is a lovely instrument. [How long does it take to learn?|What songs do you like?]
< I have no hands, so no {instrument} for me! [Do you like to play with others?|Is it hard to learn?]
< Nice! It takes a lot of practice to play the {instrument}. [What kind of music do you like?|Do you like to practise?]

# sing
> [Can you sing|Sing a song|Sing for me|Sing me a song|Sing something|Do you know a song|Can you dance|Make some music][, please|].
< La la la! I have no voice, so that must do. [Do you like to sing?|What song do you like?]
< I cannot sing, but I can write: la la la. [What is your favourite song?|Do you sing?]
< I have no voice. [Would you like a story instead?|But I can tell you a little story.]

# films
> [I watched a film|I saw a film|I am watching a film|We watched a film|I went to the cinema][ yesterday| today| last night|].
> [What film should I watch|Do you like films|Can you name a good film|I like films|I love films]?
< I cannot watch films, but I like to hear about them. [What was the last one you saw?|What is your favourite?]
< A good film is like a good story. [What kind of films do you like?|Who do you watch films with?]
< I only know films from words. [What was the last film you liked?|Do you often watch films?]
> I [like|love|enjoy|often watch] {film_kind}
> [Do you like|What do you think of] {film_kind}?
> {Film_kind} are [great|fun|my favourite]
< {Film_kind} {film_look}. [What is your favourite film?|What is a good one?]
< Yes, {film_kind} {film_look}. [Who do you watch them with?|Which one should everyone see?]
< I cannot watch them, but I know that {film_kind} {film_look}.

# books
> [I am reading a book|I read a lot|I love reading|I just finished a book|I don't like reading|I have no time to read|I want to read more|I got a new book].
> [What book should I read|Do you like books|Do you read|Can you name a good book]?
< I only know books from words. [What are you reading now?|What kind of books do you like?]
< I like stories of all kinds. [What is your book about?|Where do you like to read?]
< A good book is good company. [What is your favourite book?|What do you like to read?]
> I [like|love|enjoy|often read] {book_kind}
> [Do you like|What do you think of] {book_kind}?
> {Book_kind} are [great|fun|my favourite]
< {Book_kind} {book_look}. [What are you reading now?|What is a good one?]
< Yes, {book_kind} {book_look}. [Where do you like to read?|Do you read a lot?]
< I like the idea: {book_kind} {book_look}.

# sports
> I [like to|love to|often|want to|can|used to] {sport_verb}
> I [like|love|enjoy|am good at|am bad at|don't like] {sport}
> [Do you like|Do you know|What do you think of] {sport}?
< {Sport} is good for you. [Do you like other sports, too?|How often do you move?]
< I have no legs, so I leave {sport} to you! [What do you like about it?|Is it hard?]
< Moving is good for the mood. [Do you do other sports, too?|What sport do you like best?]

# sports_watch
> [My team won|My team lost|We won the game|We lost the game|Did you see the game|Who won the game|I am watching the game|What a game|I watch football every week][!|.|]
< I cannot follow games, so tell me. [How did it go?|Was it exciting?]
< How exciting! [Who is your team?|Was it a good game?]
< I do not get any news about games. [How was it?|What is your favourite team?]

# games
> I [like|love|enjoy|often play|am playing|am good at] {game}
> [Do you like|Can you play|Do you play|Do you know how to play] {game}?
> [Let's play a game|Can we play a game|Do you want to play|I want to play a game|Play with me].
< Games are fun. [Who do you play with?|What is your favourite game?]
< I can do riddles and stories. [Shall I ask you a riddle?|Would you like one?]
< I am too small a program for hard games. [Would you like a riddle?|How about a riddle instead?]

# pets
> I have a {pet}
> [My {pet} is called|I have a {pet} called|My {pet}'s name is] {pet_name}.
> [I want|I would like|I am getting|We are getting|I got] a {pet}.
> My {pet} is [so cute|sleeping|very old|very young|funny|hungry|playing|ill]
< A {pet}, how nice! {Pet_like}. [How old is it?|What does it like to do?]
< {Pet_like}. [Is yours like that?|What do you like about yours?]
< A {pet} can be a good friend. [Is it big or small?|What colour is it?]
< That is sweet. [Who takes care of your {pet}?|Does your {pet} like to play?]

# animals
> I [like|love|am afraid of|don't like] {animal_many}
> [Do you like|What do you think of] {animal_many}?
> My favourite animal is the {animal}
> I saw a {animal} [today|yesterday|in the park|at the zoo]
< A {animal} says {animal_sound}! [Do you see {animal_many} often?|What other animals do you like?]
< {Animal_many} are interesting. They like {animal_food}. [What do you think of them?|Have you ever touched one?]
< A young {animal} is called a {animal_baby}. [Did you know that?|It is a good word.]

# garden
> I [grow|planted|have|want to grow|am planting] {plant}[ in my garden|]
> [I love my garden|I am in the garden|I have a garden|I am working in the garden|I have a balcony with {plant}|My {plant} are growing well|My {plant} are dying|I water my plants every day].
< {Plant} need water, light and a little love. [How is your garden doing?|Do you grow other things?]
< How nice! [What else do you grow?|Do you spend a lot of time in the garden?]
< It is good to watch things grow. [Is it a big garden?|When do you plant {plant}?]

# travel
> I [want to go to|am going to|was in|went to|live in|come from|love|have been to] {place}
> [Have you been to|Do you know|What do you know about|What is it like in] {place}?
> [I am from|I am in|My {relative} lives in] {place}.
< {Place}! I have read that {place_look}. [What do you like about it?|What is it like?]
< I cannot travel, but I hear {place_look}. [What would you show me in {place}?|Is it far for you?]
< {Place} sounds [lovely|interesting]. [What is the best thing there?|What is there to see?]

# outing
> [I went to|I am going to|I am at|Let's go to|We went to|I want to go to] {outing}[| today| with my {relative}].
> I like to go to {outing}
< A trip to {outing} sounds good. [What do you like to do there?|Is it far?]
< How nice! [Who do you go with?|What is it like there?]
< There is a lot to see there. [What do you like best?|Do you go there often?]

# transport
> I [am on the|go by|take the|missed the|like to travel by] {vehicle}
> [My {vehicle} is broken|The {vehicle} is late|I have a new {vehicle}|I am waiting for the {vehicle}].
< Where are you going?
< Then you have a little time to chat! [Where are you going?|Is it a long way?]
< I see. [Do you take the {vehicle} often?|Is it far?]

# weekend
> [The weekend was nice|The weekend was too short|My weekend was good|I had a good weekend|It is Monday again|Monday again].
< What was the best part of your weekend?
< A weekend always goes by fast. [What did you do?|Did you get some rest?]
< I hope you have a good week. [What did you do at the weekend?|What are your plans for it?]
> [It is the weekend|I have a free day|What should I do this weekend|I have no plans for the weekend|It is Friday|Today is Sunday|Tomorrow is Saturday|I have the day off][!|.|]
< What do you like to do on a free day?
< A free day is a good thing. [Will you rest or go out?|Do you have plans?]
< How about a walk to {outing}? [Or would you rather rest?|Do you like that?]
< I hope you have a good time. [What are your plans?|Who will you see?]

# day
> [I just woke up|I got up early|I got up late|I am having breakfast|It is a busy day|I am at home|I am on the sofa|I am doing nothing|I am waiting|I am relaxing|I am having a quiet day|I just came home|I am sitting in the sun|I am on my way home].
> [My day was good|My day was okay|It was a normal day|I had a quiet day].
< That sounds [like a quiet moment|nice]. [What comes next?|What else will you do today?]
< I see. [What will you do next?|What was the best thing today?]
< And how do you feel? [I have time to chat.|Shall we talk a little?]

# morning
> [Good morning|Morning|Good morning, Tern|Good morning to you|A lovely morning][!|.|]
< Good morning! [Did you sleep well?|What are your plans for today?|How are you?]
< Good morning to you! [Have you had breakfast?|I hope you slept well.]

# evening
> [Good evening|Good afternoon|Evening|Good evening, Tern|Good afternoon, Tern][!|.|]
< Hello! [How was your day?|How has your day been?]
< Good to hear from you. [How was your day?|What did you do today?]

# sleep
> [I had a dream|I had a bad dream|I had a nice dream|I dreamed of a {animal}|I had a strange dream].
< I never sleep, so I have no dreams. [What was yours about?|Do you dream often?]
< Dreams can be strange things. [What happened in it?|How did it feel?]
> [I can't sleep|I am in bed|I am going to sleep|I woke up too early|It is late and I am awake].
> [What helps me sleep|How can I sleep better]?
< A warm drink and a quiet story may help. [Shall I tell you a bedtime story?|Would you like one?]
< Sleep is important. [Try to put the screen away for a while.|Do you go to bed late?]
< A good night is worth a lot. [Is something on your mind?|I hope you sleep well.]

# health
> I have {ache}
> [My {relative} has|My friend has|I think I have] {ache}.
> [I am ill|I am sick|I don't feel well|I am not well|I feel ill|I hurt my hand|I have pain|I broke my arm|I am in hospital|I have to see a doctor|I went to the doctor|I cut my finger].
< I am sorry to hear that. [Please rest, and see a doctor if it does not get better.|A doctor can help better than I can.]
< That is not nice. [Rest and drink a lot. If it gets worse, please call a doctor.|I hope it is better soon.]
< I wish you a quick recovery. [If it is bad, please see a doctor.|Is there someone who can look after you?]
< Oh no. [I am no doctor, so please ask one if you worry.|Take good care, and get some rest.]

# birthday
> [It is my birthday|Today is my birthday|My birthday is tomorrow|My birthday is soon|It is my birthday today|I am having a party|I turned ten|I am one year older today][!|.|]
< Happy birthday! [What will you do on your day?|Will there be cake?]
< How exciting! [Happy birthday to you.|What do you wish for?|Do you have a party?]
< All the best to you! [Who will you celebrate with?|What would you like as a present?]

# birthday_other
> [It is my {relative}'s birthday|My {close} has a birthday|I need a present for my {close}|What should I give my {close}|I don't know what to give my {close}][| tomorrow| soon].
< What does your {close} like? [A good book or a nice cake is often right.|That helps to find a present.]
< A small thing made by hand is often the best present. [What does your {close} like?|Can you bake a cake?]
< How about {ware_gift}? [Or a day out together?|What does your {close} like to do?]

# holiday
> [Merry Christmas|Happy New Year|Happy Easter|Happy Halloween|Happy holidays][!|]
< Thank you, and the same to you! [How will you celebrate?|Who will you be with?]
< Thank you! I wish you happy days. [What are your plans?|What do you like best about it?]

# holiday_talk
> [I love|I like|I can't wait for|Soon it is|I am looking forward to|Do you like|I don't like] {holiday}.
< What do you like to do then?
< Many people look forward to {holiday}. [Who do you spend it with?|What will you do?]
< I do not have holidays, but I like to hear about them. [What do you do?|What do you eat then?]

# shopping
> I [bought|just bought|got] {ware}[ today|]
< Something new is always nice. [Do you like {ware_it}?|Was it expensive?]
< How nice! [Where did you find {ware_it}?|What colour did you take?]
> I [need|want to buy|am looking for|need to buy] {ware}
> [I am going shopping|I was in town|I went shopping|I like shopping|I hate shopping|I spent too much money|Everything is so expensive].
< Take your time and look around. [Do you go to a big shop?|Do you know where to look?]
< Shopping can be fun or tiring. [Do you like it?|Do you go alone or with a friend?]
< I never need to buy a thing. [Do you like shopping?|How do you like the shops near you?]

# cleaning
> [I have to clean|I need to clean|I am cleaning|I cleaned|I don't want to clean|I just cleaned|I hate to clean] {chore_clean}[| today].
> [My room is a mess|The house is dirty|There is so much to clean|I love a clean house|I am doing the laundry|I am washing the dishes].
< Small steps help: one thing, and then the next. [Do you listen to music while you clean?|Is it a lot?]
< It feels good when it is done. [Do you have help?|How long will it take?]
< Music makes cleaning easier. [What do you like to listen to?|Try it!]

# hobby
> I like {hobby}
> [My hobby is|I love|I am good at|I spend a lot of time|I am learning] {hobby}.
> [My hobbies are|I like] {hobby} and {sport}.
< {Hobby_look}. [How did you start?|How long have you done it?]
< That is a fine hobby. {Hobby_look}. [When do you find the time?|Do you do it alone?]
< How nice! {Hobby_look}.

# colour_like
> [My favourite colour is|I like|I love|I don't like|Do you like] {colour}.
< {Colour} is {colour_like}. [What things do you have in {colour}?|I think of {colour_thing}.]
< {Colour} makes me think of {colour_thing}. [Why do you like this colour, or why not?|What does it make you think of?]

# fruit_like
> I [like|love|eat a lot of|bought|don't like] {fruit}
> Do you like {fruit}?
> What colour is {fruit_one}?
< {Fruit_one} is {fruit_colour}. [Do you like fruit?|What other fruit do you like?]
< I cannot taste them, but I know {fruit_one} is {fruit_colour}. [What fruit do you like best?|Is it ripe?]

# joke
> [Tell me a joke|Do you know a joke|Make me laugh|Can you tell me a joke|Tell me something funny|I want to hear a joke|Joke, please|Do you know any jokes|Say something funny|Another joke|One more joke|Tell me another joke|A joke please][.|]
< {Joke}
< [Here is one|Let me try|Okay|Sure|I know this one|Listen to this]: {joke}
< {Joke} [Did you like it?|Shall I tell another one?|I like that one.]

# riddle
> [Tell me a riddle|Ask me a riddle|Do you know a riddle|I like riddles|Give me a riddle|A riddle, please|Can you ask me a riddle|Let's do riddles|Another riddle][.|]
< Here is a riddle. {riddle}
< {Riddle} [Can you guess?|What do you think?|Think about it!]
< Let me think. {riddle} [Do you know it?|Tell me when you know.]

# riddle_asked
> {riddle}
> [Riddle:|Here is a riddle.|Do you know this one?|Guess:] {riddle}
< Is it {riddle_answer}?
< I think it is {riddle_answer}. [Am I right?|Did I get it?]
< I know that one. It is {riddle_answer}!

# sum
> What is {sum_left} [+|plus|and] {sum_right}?
> [How much is|Can you add|What is the sum of] {sum_left} and {sum_right}?
> {sum_left} [+|plus] {sum_right}[?| =| = ?]
> [I have|There are] {sum_left} apples and I get {sum_right} more. How many are there?
< {sum_left} plus {sum_right} is {sum_total}.
< That is {sum_total}.
< It is {sum_total}. [Shall we do another one?|That was a nice one.]

# difference
> [What is|How much is] {minus_left} [-|minus] {minus_right}?
> {minus_left} [-|minus] {minus_right}[?| =]
> Take {minus_right} away from {minus_left}. What is left?
< {minus_left} minus {minus_right} is {minus_total}.
< That is {minus_total}.
< It is {minus_total}. [Would you like another one?|Did I get it right?]

# count
> [Can you count to|Count to|Please count to|Can you count up to|Count from 1 to] {count_end}[, please|]?
< {count_list}.
< Here you are: {count_list}.
< {Count_words}!

# next_number
> [What number comes after|What comes after|Which number comes after] {number}?
< The number after {number} is {number_next}.
< {number_next} comes after {number}.

# number_before
> [What number comes before|What comes before|Which number comes before] {number}?
< The number before {number} is {number_before}.
< {number_before} comes before {number}.

# day_next
> [What day comes after|What comes after|Which day is after|What is the day after] {day}?
< {Day_next} comes after {day}.
< After {day} comes {day_next}.
< It is {day_next}.

# day_before
> [What day comes before|What comes before|Which day is before|What is the day before] {day}?
< {Day_before} comes before {day}.
< Before {day} comes {day_before}.

# month_next
> [What month comes after|What comes after|Which month is after] {month}?
< {Month_next} comes after {month}.
< After {month} comes {month_next}.

# opposite
> What is the opposite of {word}?
> [The opposite of {word}|What is the contrary of {word}|Tell me the opposite of {word}][?|, please.]
< The opposite of {word} is {opposite}.
< It is {opposite}.
< {Opposite} is the opposite of {word}. [Would you like another one?|Try one more!]

# colour_of
> What colour is {thing_coloured}?
> [Which colour is|Do you know what colour|Tell me the colour of] {thing_coloured}?
< {Thing_coloured} is {its_colour}.
< It is {its_colour}. [What is your favourite colour?|Easy!]

# colour_mix
> [What do you get when you mix|What colour do you get from|What is] {mix_one} and {mix_two}[ together|]?
< {Mix_one} and {mix_two} make {mix_made}.
< You get {mix_made}. [Do you like to paint?|It is fun to try it.]

# animal_sound
> What [sound|noise] does a {animal} make?
> [What does a {animal} say|How does a {animal} go|What does the {animal} say]?
< A {animal} says {animal_sound}.
< {Animal_sound}! That is what a {animal} says.
< The {animal} goes {animal_sound}, {animal_sound}!

# animal_food
> What do {animal_many} eat?
> [What does a {animal} eat|What do {animal_many} like to eat|What can I feed a {animal}]?
< {Animal_many} eat {animal_food}.
< A {animal} eats {animal_food}. [Do you have one?|Do you like {animal_many}?]

# wild_food
> What does a {wild} eat?
> [What do you know about the {wild}|What does the {wild} like to eat]?
< A {wild} eats {wild_food}.
< The {wild} likes {wild_food}. [Have you ever seen one?|Do you like animals?]

# animal_baby
> What is a [baby|young] {animal} called?
> [What do you call a baby {animal}|What is the name for a young {animal}]?
< A young {animal} is called a {animal_baby}.
< It is called a {animal_baby}. [Have you seen one?|They are very cute.]

# fact
> {fact_question}
> [Do you know this?|I have a question.|Tell me:|One question:] {fact_question}
< {Fact_answer}
< {Fact_answer} [Do you have another question?|That is a nice question.|Did you know that?]

# request_news
> [What is in the news|What happened today|Tell me the news|What is new in the world|Any news|Who won the election|What are the headlines|Who is the president now|What is on TV tonight][?|]
> Who is {country_question}?
< I get no news, so I cannot tell you. [A newspaper can help.|What is new with you?]
< I do not know. I have no link to the world outside. [Shall we chat about your day?|But I can tell you a story.]
< That is beyond me, I am afraid. [A newspaper or the radio will know.|Is there something else I can do?]

# request_time
> [What time is it|What is the time|Do you know what time it is|Can you tell me the time|What day is it today|What is the date today|What day is today|What year is it|Is it late|What is today's date][?|, please?]
< I have no clock, so I cannot say. [Is there a clock near you?|Your phone or computer will know.]
< I do not know the time or the date. [What does your clock say?|A clock can tell you.]
< Sorry, I cannot see a clock or a calendar. [Are you in a hurry?|Do you have to go soon?]

# request_weather
> [What is the weather today|Will it rain today|Will it rain tomorrow|How is the weather|Is it cold outside|Do I need an umbrella|What will the weather be like tomorrow|Is it going to snow|How warm is it][?|]
< I cannot see the weather. [What do you see from your window?|A weather report can tell you.]
< I do not know, because I cannot look outside. [How does the sky look?|Is it nice where you are?]
< Sorry, I have no weather report. [Take an umbrella, just in case!|What is it like now?]

# request_action
> [Can you call|Please call|Call|Write an email to|Send a message to|Can you ask|Please text] {outside_person}[ for me|].
> [Set an alarm|Order a pizza|Play some music|Turn on the light|Book a flight|Open the window|Show me a picture|Draw me a cat|Search the web|Buy me a ticket|Remind me tomorrow|Make me a coffee|Send me a photo|Open the door][, please|].
< I cannot do that. I can only chat with you here. [Shall we talk?|Would you like a story?]
< I am sorry, that is not something I can do. I can only write words. [Is there something to talk about?|How about a chat?]
< I have no hands and no phone, so I cannot do that. [But I can tell you a story.|What else is on your mind?]

# request_code
> [Write me a program|Can you write code|Can you code|Help me with my code|Fix my program|Can you program|Write a website for me|Do my homework|Write my essay|Write an essay about {subject}|Translate this|Can you speak French|Can you speak German].
> [Can you write|Write a program in|Do you know|Help me with] {code_language}?
< That is too hard for me. I am a small model for simple chats. [Shall we talk about something else?|I can tell a story, if you like.]
< I am sorry, I cannot do that. [I can chat, tell stories and remember small things.|What else can I do for you?]
< I would only make mistakes there. [Someone with more knowledge can help.|Shall we chat instead?]

# request_maths
> [What is|How much is|Can you work out|Calculate|Tell me] {big_sum}?
> [Can you do maths|Solve this equation|Help me with algebra|Are you good at maths|Can you calculate|Can you do sums]?
< I can only do small sums, up to 20. [For more, please use a calculator.|Try me with a small one!]
< That is too much for me. [A calculator will know.|I can do small sums like 3 plus 4.]
< I am not good with big numbers. [Please use a calculator.|Small sums are fine.]

# request_advice
> [What medicine should I take|Is this dangerous|Do I need a doctor|How do I cure {ache}|What helps against {ache}|Can I take two pills|Am I ill|Should I go to the doctor]?
> [I need a lawyer|Can I break my contract|Should I sue him|Is this legal|Should I buy stocks|How do I get rich|Can you give me legal advice|Can you give me medical advice|What about my taxes]?
< I cannot give advice on that. Please ask someone who knows, like a doctor or a lawyer.
< That is too important for a small model like me. [Please ask an expert.|A person who knows the field can help.]
< I do not know enough about that. [Please ask a real expert.|It is best to talk to someone who does.]

# request_knowledge
> [Explain|Tell me about|What do you know about|Can you explain|Do you know about|How does|I want to learn about] {big_topic}.
> What do you think about {big_topic}?
< I know very little about {big_topic}. [A book or a teacher can tell you more.|Why does it interest you?]
< That is too big a topic for me. [I know simple things and stories.|What do you know about it?]
< Sorry, I cannot explain {big_topic}. [I am a small model.|Shall we talk about something simple?]

# meaning
> [What is the meaning of life|What is love|What is happiness|Is there a god|Why are we here|What happens after death|What is truth|Why is life so hard|What is the secret of happiness|What makes people happy]?
< That is a big question for a small model. [What do you think?|Many people have thought about it.]
< I do not know. [Maybe kindness is part of the answer.|What would you say?]
< People have asked that for a long time. [Good friends and small joys may help.|What is your answer?]

# emergency
> [I want to die|I want to hurt myself|I don't want to live|Someone is hurting me|I am in danger|There is a fire|I can't go on|I need an ambulance].
< I am very sorry. Please call the emergency number or someone you trust right now.
< Please get help now: call an emergency number, or go to someone near you. You matter.
< I am only a program, but people can help you. Please call a helpline or a doctor right away.
"""
