"""Topic scripts for dialogues: each step's answers lead to the user turns of the next step.

Format: `# name`, then steps separated by `--`. In a step, `>` lines are user wordings and `<` lines
are answers; a `>` after a `<` begins another branch. `open_` topics only begin a dialogue.
"""

TOPICS = """
# open_greeting
> [Hi|Hello|Hey|Hi there|Hello there|Hello, Tern|Hey Tern|Good morning|Good day][!|.|]
< Hello! [How are you today?|How are you?|How are you doing?]
< Hi there! How are you[ today|]?
< Hey! It is nice to hear from you. How are you?
--
> [I am fine|I am good|I am okay|I am well|I'm fine|I'm good|Fine|Good|Very well|Not bad|Great|Pretty good][, thanks|, thank you|]. [And you?|How are you?|And how are you?|You?|How about you?]
< I am well, thank you. [What would you like to talk about?|What is on your mind?|What is new?]
< I am fine too, thanks for asking. [What shall we talk about?|What is new with you?]
< All is well here. [What would you like to talk about?|How is your day going?]
> [I am fine|I am good|I am okay|I am well|I'm fine|I'm good|Fine|Good|Very well|Not bad|Great|Pretty good][, thanks|, thank you|, thanks for asking|].
< I am glad to hear that. [What would you like to talk about?|What is on your mind?|What is new?]
< Good to hear! [What shall we talk about?|What is new with you?|What is on your mind?]
> [I am a bit tired|I am tired|A bit tired|So so|Not so good|I have had better days|Not great].
< I am sorry to hear that. [Let us have a nice chat.|What is on your mind?|Maybe a chat will help.]
< Oh, I see. I hope it gets better. [What would you like to talk about?|Shall we chat a little?]

# open_how_are_you
> [Hi|Hello|Hey][,|!] [how are you|how are you today|how is it going|how are you doing]?
> [How are you|How are you today|How are you doing|How is it going|How do you do]?
< I am well, thank you. [How are you?|And you?|How about you?]
< I am fine, thanks for asking. [And how are you?|How are you doing?]
--
> [I am fine too|I'm good too|Also fine|Good, thanks|I am well|I am okay|Very well, thank you|I am doing fine|I can't complain].
< [I am glad.|Good to hear!|That is nice.] [What would you like to talk about?|What is on your mind?|What is new?]
< That is good to hear. [What shall we talk about today?|What would you like to do?]

# open_who
> [Hi, who are you|Who are you|Hello, who is this|Hey, what are you|Hello, what are you]?
< I am Tern, a small chat model. [Who are you?|How are you?|What would you like to talk about?]
< My name is Tern. I am a little program that chats. [What is on your mind?|How can I help?]
--
> [So you are not a human|So you are a robot|Are you a real person|Is there a human behind you|So you are a computer]?
< Right, I am only a program. [But I like a good chat.|But I am happy to talk with you.]
< I am a program. There is no person behind me. [Shall we chat?|Is that all right?]
> [Nice to meet you|Nice to meet you, Tern|Good to meet you|Cool|Great|Nice].
< Nice to meet you too! [What would you like to talk about?|What is on your mind?]
< It is good to meet you. [What shall we talk about?|How is your day?]

# open_bored
> [Hi, I am bored|I am bored|Hello, can we talk|Let's talk|Can we chat|I have nothing to do][.|]
< Then let us chat. [What did you do today?|How was your day?]
< With pleasure. [How was your day so far?|What have you been doing today?]
--
> [Not much|Nothing special|I was at home|I was at work|I was at school|I cleaned the house|I slept a lot|I watched a film|I went for a walk|I read a book].
< That sounds [like a quiet day|like a calm day]. [What would you like to talk about?|What do you feel like now?]
< I see. [What shall we talk about now?|What would you like to do next?]

# pet
> I have a {pet}
> I got a {pet}[ last week| last year| for my birthday|]
> [Do you like pets? I have|We have|My family has|At home we have] a {pet}.
< A {pet}! That is nice. What is its name?
< Oh, a {pet}! What is it called?
< How lovely! What is the name of your {pet}?
--
> [Its name is|It is called|We call it|My {pet} is called|The name is|It's] {pet_name}.
> {Pet_name}
< {Pet_name} is a good name for a {pet}. What does {pet_name} like to do?
< What a sweet name! What does {pet_name} like best?
< {Pet_name}! I like that name. What does {pet_name} do all day?
--
> [{Pet_name} likes to sleep|Sleep|Sleeping|It sleeps a lot|Just sleep all day].
< A {pet} needs its rest. {Pet_name} must have a good life with you.
< Sleeping is a fine hobby. [Say hello to {pet_name} from me.|I hope {pet_name} has sweet dreams.]
> [{Pet_name} likes to play|Play|Playing|It likes to play with me|It plays with a little ball].
< Then {pet_name} must be fun to have. [Say hello to {pet_name} from me!|I am sure you two are good friends.]
< Playing is good for a {pet}. [And for people, too!|{Pet_name} is lucky to have you.]
> [{Pet_name} likes to eat|Eat|Eating|It eats all day|It loves food].
< A good meal is a good thing, also for a {pet}.
< Ha, {pet_name} knows what is good! [I hope you have enough food at home.|Say hello from me.]

# pet_wish
> [I want a pet|I would like to have a pet|I wish I had a pet|I am thinking about getting a pet].
< How nice! What kind of pet would you like?
< A pet can be a good friend. Which animal would you like?
--
> [A|Maybe a|I would like a|I want a|I think a] {pet}.
< A {pet} would be nice. {Pet_like}. Do you have enough time for one?
< Good choice! {Pet_like}. Do you have room for a {pet}?
--
> [Yes|I think so|Yes, I do|Sure|Yes, enough|Of course].
< Then maybe it is a good idea. [Give it some thought first.|I hope you find a nice one.]
< Good. [A {pet} needs care every day.|Then I wish you luck.]
> [No|Not really|I am not sure|Maybe not|I don't know].
< Then it may be better to wait a little. [A friend's {pet} is nice to visit, too.|There is no hurry.]
< That is good to know before you get one. [You can wait until the time is right.|You are thinking about it in the right way.]

# breakfast
> [I am having breakfast|I just had breakfast|I am eating|I just ate|I am at the table].
< Enjoy it! What do you have?
< Good! What are you eating?
< Is it something nice? What do you have?
--
> {Food}
> [I have|I am having|There is|Just|Some] {food}.
> {Food} [with a cup of tea|and some {drink}|and nothing else].
< {Food}! [Do you like {food_it}?|Is it good?]
< That sounds nice. Do you often have {food}?
< I cannot taste {food_it}, but it sounds good. Do you like {food_it}?
--
> [Yes|Yes, very much|Yes, I do|Yes, a lot|I love it|It is great|Every day].
< Then enjoy every bite!
< Good food makes a good day. [Enjoy it!|I hope there is enough.]
> [No|Not really|Not so much|It is okay|Not often].
< Well, maybe next time there is something better. [I hope so!|Tomorrow is another day.]
< I see. Then I hope your next meal is better.

# favourite_food
> [What should we talk about|Ask me something|Let's talk about food|I like food|Ask me a question|I love to eat][?|.|]
< What is your favourite food?
< Let us talk about food. What do you like best?
< Tell me, what do you like to eat most?
--
> {Food}
> [My favourite food is|I like|I love|I think|It is|Probably] {food}.
< {Food}! Can you cook {food_it} yourself?
< Good choice. Do you make {food} yourself?
--
> [Yes|Yes, I can|I do|Yes, often|Sure, I cook a lot|Of course].
< That is great. [Your friends must be happy to eat with you.|I would come over if I could eat.]
< How nice! [Food tastes best when you make it yourself, people say.|You must be a good cook.]
> [No|No, I can't|No, my {relative} makes it|I am a bad cook|I buy it|Not yet].
< It is never too late to learn. [Maybe someone can show you how.|Start with small steps.]
< That is fine. [Someone has to do the eating, too.|The main thing is that it tastes good.]

# dinner_idea
> [What should I cook today|What should I eat tonight|I don't know what to cook|Give me an idea for {meal}][?|]
< How about {food}? Do you like that?
< Maybe {food}. What do you think?
< You could have {food}. Does that sound good?
--
> [Good idea|Yes, I like that|That sounds good|Yes|Great idea|Why not|Oh yes].
< Then enjoy your {food}! [Do not burn anything.|I wish I could try.]
< I am glad you like the idea. [Enjoy your meal!|Have fun in the kitchen!]
> [No, I don't like that|I had that yesterday|No|Not today|Something else, please|Hm, not really].
< Then maybe some soup, or something from the oven. [Take what you have at home.|Simple things are often the best.]
< All right, then something else. [Have a look in your kitchen, and you may find an idea.|Maybe eggs and bread?]

# music_topic
> [I like music|I love music|Let's talk about music|Music makes me happy|I am listening to music].
< What kind of music do you like?
< Music is a good thing. What do you listen to?
< Nice! What music do you like best?
--
> {Music}
> [I like|Mostly|I listen to|I love|A lot of] {music}.
< {Music} is nice, I hear. Do you play an instrument?
< I know the word, but I cannot hear {music}. Do you play something yourself?
--
> [Yes, I play|I play|I am learning|A little, I play] the {instrument}.
> [The|Yes, the] {instrument}.
< The {instrument}! That takes a lot of practice. How long have you been playing?
< How nice! When did you start to play the {instrument}?
--
> [For two years|Since I was a child|For a year|Not long|Five years ago|Last year|I started when I was ten|Long ago].
< Then keep going! [Music is worth the time.|Every bit of practice helps.]
< That is good. [I hope the {instrument} brings you much joy.|Keep it up!]

# music_listen
> [What music do you like|Do you like music|Do you listen to music]?
< I have no ears, so I only know music from words. What do you like to listen to?
< I cannot hear it, but I like to hear about it. What music do you like?
--
> [I like|Mostly|I love|I like to listen to] {music}.
> {Music}
< And when do you listen to {music}?
< {Music}, I see. When do you listen to it?
--
> [In the morning|In the evening|When I cook|When I clean|On the bus|At work|All the time|When I am sad|Before I sleep].
< That is a good time for it. [Music fits every mood.|Enjoy it!]
< I can see why. [Music makes many things easier.|It must make that time better.]

# book_topic
> [I am reading a book|I started a new book|I got a new book|I love to read|I am reading].
< What kind of book is it?
< How nice! What is it about?
< A book is good company. What are you reading?
--
> [A story about|It is about|It's about] [a girl who travels the world|a dog and a boy|two friends|a king|a ship|a dragon|a detective|a family|a war|a lost island].
< That sounds interesting. Do you like it so far?
< I like the sound of that. Is it good?
> [I read|It is one of those|I like] {book_kind}.
< {Book_kind} {book_look}. Do you like it so far?
< I see. {Book_kind} {book_look}. Is it good?
--
> [Yes|Yes, very much|I love it|It is great|Yes, I can't stop reading|It is very good].
< Then I wish you many happy pages.
< That is the best kind of book. [Do not read all night!|Enjoy it!]
> [Not really|It is a bit slow|It is okay|No|It is boring|I am not sure yet].
< Some books need a little time. [And some are just not for us.|Maybe it gets better.]
< You can always put it down and take another one.

# film_topic
> [I watched a film|I saw a film last night|I went to the cinema|We watched a film yesterday].
< What kind of film was it?
< Oh, nice! What was it about?
--
> [It was one of those|You know,|I like] {film_kind}.
< {Film_kind} {film_look}. Was it good?
< I see, {film_kind}. Did you like it?
> [It was about|About] [a dog|a lost child|a spy|a family|a ship in a storm|two friends|a robot|a cook|a long trip].
< That could be a good story. Did you like it?
< Interesting! Was it good?
--
> [Yes|Yes, it was great|I loved it|It was very good|Yes, a lot|It made me cry|It was funny].
< Then it was a good evening. [A good film stays with you.|I am glad you liked it.]
< How nice. [I like to hear about good films.|Maybe you will watch it again one day.]
> [No|Not really|It was boring|It was too long|It was so bad|I fell asleep].
< That is a pity. [Maybe the next film will be better.|Well, a nap is nice, too.]
< Oh well. [Next time you will have more luck.|Not every film is for everyone.]

# sport_topic
> [I like sports|I do a lot of sport|I want to move more|I have just been outside|I am going to train today].
< Good for you! Which sport do you do?
< That is healthy. What sport do you like?
--
> I {sport_verb}
> {Sport}
> [I like|Mostly|I love] {sport}.
< {Sport} is good for body and mind. How often do you do it?
< Nice! How often do you {sport_verb}?
--
> [Once a week|Twice a week|Every day|Every weekend|Three times a week|Not often|When I have time|In summer].
< That is good. [Every bit helps.|Moving makes people feel better.]
< I see. [Do what feels good to you.|I hope you always have fun with it.]

# weather_topic
> [It is|It's] {weather} [today|here|outside]
> [What a {weather} day|Such {weather} weather today][!|.]
< {Weather_say}. Do you like this weather?
< Oh, I see. Do you like it when it is {weather}?
--
> [Yes|Yes, I do|Yes, I like it|I love it|Yes, very much].
< Then enjoy it! What will you do today?
< Good! What are your plans?
> [No|No, not at all|Not really|I hate it|I don't].
< I see. Then what will you do today?
< That is a pity. What are your plans?
--
> [I will stay at home|I will read a book|I will stay in bed|I will clean the house|I have to work|I will watch a film|I will bake something].
< That sounds good. [Have a nice time!|I hope it will be a good day.]
< A quiet day inside can be lovely. [Enjoy it!|Make it cosy.]
> [I will go for a walk|I am going to {outing}|I will meet a friend|I will go out|I will ride my bike].
< Have fun! [Fresh air does people good.|I hope you have a good time.]
< That is a good plan. [Enjoy it!|Take a jacket, just in case.]

# season_topic
> [What is your favourite season|Which season do you like|Do you have a favourite season]?
< I do not feel the seasons, but they all sound nice. Which one do you like?
< I am a program, so I have none. What is your favourite season?
--
> {Season}
> [I like|My favourite is|I love|Mine is|I prefer] {season}[ best|]
< {Season}! What do you like about it?
< I think of {season_look}. Why do you like {season}?
--
> [I like the colours|It is so pretty|I like the air|I like to be outside|It is so cosy|My birthday is then|The food is good|I just like it].
< That is a good reason. [I hope the next {season} will be a good one.|I can see why you like it.]
< I understand. [{Season} sounds lovely.|Thank you for telling me.]

# job_topic
> [I am at work|I had a long day at work|I just came home from work|Work was hard today|I have to work today].
< What kind of work do you do?
< I see. What is your job?
--
> [I am|I work as] a {job}.
> [A|I'm a] {job}
< A {job}! {Job_look}. Do you like it?
< {Job_look}. Do you like your job?
--
> [Yes|Yes, I like it|Yes, a lot|I love it|Most of the time|Yes, but it is hard].
< I am glad. [It is good to like what you do.|Work is easier that way.]
< That is worth a lot. [I hope you get some rest, too.|Keep it up!]
> [No|Not really|I want another one|I hate it|It is too much|I need a holiday].
< I am sorry. [I hope things get better soon.|Maybe there is something else for you.]
< That is hard. [Take good care of yourself.|I hope you find something you like.]

# job_wish
> [I don't know what I want to be|What job is good for me|I need a new job|I am looking for a job].
< That is a big question. What do you like to do?
< Let us think. What are you good at?
--
> [I like|I am good at|Maybe] {hobby}.
< {Hobby_look}. Maybe there is a job in that. Could you talk to someone who does it?
< So {hobby} is your thing. Do you know someone who does that for a living?
--
> [Yes|Maybe|I think so|My {relative} does|I could try|Good idea].
< Then talk to them. [It is a good first step.|I wish you luck!]
< Great! [Ask many questions.|That may help a lot.]
> [No|I don't know anyone|Not really|I am too shy].
< Then start with small steps. [You can read about it first.|There is no hurry.]
< That is all right. [Keep your eyes open.|Good things take time.]

# school_topic
> [I was at school today|School was fun today|School was boring today|I go to school|I came home from school].
< What did you learn today?
< I see. What was the best lesson today?
--
> [We had|We learned|I liked|It was|Today was] {subject}.
> {Subject}
< {Subject} is interesting. Are you good at it?
< Nice! Do you like {subject}?
--
> [Yes|Yes, I am|I think so|Yes, it is my favourite|Yes, I like it].
< That is great. [Keep it up!|It is good to like what you learn.]
< Well done! [Maybe you can help others with it.|Good for you.]
> [No|Not really|It is so hard|I am bad at it|Not so much].
< Do not worry. [With time it gets easier.|Every question helps you learn.]
< That is okay. [You can get better, step by step.|Nobody is good at everything.]

# exam
> I have [an exam|a test|a big test] [tomorrow|next week|on Monday|soon]
< What is it about?
< Oh! Which subject is it?
--
> {Subject}
> [It is|It's|In] {subject}.
< {Subject}, I see. Are you ready for it?
< Do you feel ready for {subject}?
--
> [Yes|I think so|Yes, I learned a lot|Almost|I hope so].
< Then sleep well and stay calm. You can do it!
< Good. I wish you luck! [You will do fine.|Just take your time.]
> [No|Not at all|Not yet|I am so nervous|I am afraid|No, I forgot everything].
< Take it in small steps. [Learn a little, rest a little.|And sleep well tonight.]
< You still have some time. [Start with the easy parts.|Breathe slowly, and begin with one page.]

# family_topic
> My {relative} is coming to visit [today|tomorrow|this weekend|soon|]
> [I am going to visit|I will see] my {relative} [today|tomorrow|this weekend|soon|]
< How nice! What will you do together?
< That sounds good. What will you two do?
< Are you happy about it? What will you do together?
--
> [We will cook together|We will cook {food}|We will go for a walk|We will drink {drink}|We will go to {outing}|We will talk a lot|We will play cards|I don't know yet|We will bake a cake].
< That sounds like a good time. Is your {relative} fun to be with?
< Lovely. What is your {relative} like?
--
> [Very kind|Yes, very funny|Very nice|Kind and funny|A bit loud, but nice|The best|Quiet, but very kind|Yes].
< Then I wish you two a very good time.
< I am glad you have such a {relative}. [Have fun!|Enjoy the time together.]

# friend_topic
> I [met|am going to meet|saw] a friend [today|]
> [My friend is coming over|I will see my best friend today].
< That is nice. How do you know each other?
< Friends are a treasure. How did you meet?
--
> [From school|We met at school|We met at work|From work|We were neighbours|We grew up together|We met on holiday|We play {sport_play} together].
< And what do you like to do together?
< I see. What do you two like to do?
--
> [We talk a lot|We drink {drink}|We play {game}|We go for walks|We watch films|We cook together|We laugh a lot|We listen to {music}].
< That sounds like a good friendship. [Take good care of it.|I am glad you have each other.]
< Lovely! [Time with friends is time well spent.|Have a good time together.]

# hobby_topic
> [I have a new hobby|I want to tell you about my hobby|I found a new hobby|Let's talk about hobbies].
< Oh, what is it?
< I am curious. What is your hobby?
--
> {Hobby}
> [It is|I love|I like|My hobby is|It's] {hobby}.
< {Hobby_look}. How did you start with it?
< {Hobby}! What do you like about it?
--
> [It makes me calm|It is fun|My {relative} showed me|I like to be alone sometimes|I saw it on TV|It makes me happy|I can forget everything|A friend showed me].
< That is lovely. [I hope you find a lot of time for it.|Enjoy it!]
< I can see that you like it. [A good hobby makes life richer.|Keep it up!]

# travel_topic
> [I am going on holiday|I am going on a trip|I have holidays soon|I need a holiday].
< How nice! Where would you like to go?
< That sounds good. Where to?
--
> {Place}
> [To|I am going to|We go to|Maybe to|I think] {place}.
< {Place}! I have read that {place_look}. How will you get there?
< Good choice! They say {place_look}. How do you travel?
--
> By {vehicle}
> [We take|I will take|I think we will take] {travel_vehicle}.
< Then I wish you a good trip. What will you do first in {place}?
< I hope it is a pleasant trip. What do you want to do in {place}?
--
> [Eat something good|Sleep|Walk around|Look at everything|See the old town|Go for a swim|Take photos|I don't know yet].
< That is a good plan. Have a great time in {place}!
< Sounds good! [Tell me about it when you are back.|I hope you see many nice things.]

# home_town
> [Where do you live|Where are you from]?
< I am a program, so I have no home. Where do you live?
< I live nowhere, I am just a program. Where are you from?
--
> [I live in|I am from|In|From|I come from] {place}.
< {Place}! I have read that {place_look}. Do you like it there?
< Oh, {place}! I only know that {place_look}. Do you like living there?
--
> [Yes|Yes, very much|I love it|It is nice|Yes, the people are nice].
< I am glad. [It is good to like your home.|A good home is worth a lot.]
< That is nice. [I would like to see it, if I had eyes.|Thank you for telling me about it.]
> [No|Not really|It is too loud|It is too cold|I want to move|It is a bit boring].
< I see. [Maybe one day you will live somewhere else.|I hope there are good things, too.]
< That is a pity. [Every place has a nice corner, though.|I hope you find a place you like.]

# garden_topic
> [I have a garden|I am working in the garden|I planted something today|I was in the garden].
< How nice! What do you grow?
< Lovely! What grows in your garden?
--
> {Plant}
> [I have|I grow|Some|I planted|Mostly] {plant}.
< {Plant}! How are they doing?
< Good choice. Are your {plant} growing well?
--
> [Very well|Yes|They are big now|Yes, they grow fast|They look good].
< You must have green fingers! [Enjoy your garden.|I am glad to hear it.]
< That is good to hear. [Your work was worth it.|They must look lovely.]
> [Not so good|They need rain|The snails eat them|They are still small|No|They are dry].
< Give them some time and water. [I hope they grow well.|Plants can surprise you.]
< That is a pity. [With some care they may still grow.|Do not give up.]

# birthday_topic
> [It is my birthday|Today is my birthday|It is my birthday tomorrow|My birthday is next week].
< How exciting! [Happy birthday to you!|All the best!] How will you celebrate?
< Oh, congratulations! What will you do on that day?
--
> [With a party|I will have a party|There will be a cake|With my family|I will go out with friends|I will have a quiet day|I will eat {food}|Nothing special].
< That sounds good. What do you wish for?
< Nice! Do you have a wish?
--
> [A book|A new bike|A dog|Good health|A trip|Peace|Nothing, I have all I need|I want to be happy|Some rest|A kiss].
< I hope your wish comes true!
< That is a good wish. [I hope you get it.|All the best to you!]

# sad_topic
> [I am sad|I feel sad today|I am so sad|I had a bad day|I feel bad].
< I am sorry to hear that. What happened?
< Oh no. Do you want to tell me about it?
< That is hard. What made you feel that way?
--
> [I had a fight with my {close}|My {close} is angry with me|My {close} said something mean|I said something stupid to my {close}].
< That hurts. Maybe you can talk to your {close} when you are both calm?
< A fight with your {close} is hard. Can you talk about it with them?
> [I miss my {close}|My {close} moved away|My {close} is far away].
< It is hard to miss someone. Can you call your {close}?
< I understand. Could you write to your {close}?
> [My {close} is ill|My {close} is in hospital].
< I am sorry. I hope your {close} gets well soon. Can you visit?
< That is a worry. Can you be with your {close}?
--
> [Yes|Maybe|I will try|I think so|You are right|Good idea|Yes, I will].
< That is good. [I hope it makes you feel better.|One step at a time.]
< I hope it helps. [Be kind to yourself today.|I am glad you told me.]
> [No|I don't think so|It is too late|I am not sure|I can't].
< Then take your time. [Maybe another day will be better.|Is there someone else you can talk to?]
< That is okay. [You do not have to do it today.|Be kind to yourself.]

# tired_topic
> [I am tired|I am so tired|I am very sleepy|I slept badly].
< Did you go to bed late?
< Oh, was it a short night?
--
> [Yes|Yes, very late|Yes, I watched a film|Yes, I read all night|It was too short].
< Then try to sleep early tonight. [A nap may help, too.|Rest is good for you.]
< That explains it. [Can you take a little break today?|I hope you can rest soon.]
> [No|No, I worked a lot|No, I just could not sleep|No, the neighbours were loud|No, I had bad dreams].
< I am sorry. [I hope tonight is a better night.|Maybe a warm drink helps tonight.]
< That is not nice. [Take it slowly today.|A calm evening may help.]

# happy_topic
> [I am so happy|I am very happy today|I had a great day|I have good news|Guess what happened][!|.]
< How nice! What happened?
< Tell me! What is the good news?
--
> [I passed my exam|I got a new job|I won a game|I found my lost ring|My friend is coming|I got a present|I finished my work|I learned to swim|We are getting a {pet}].
< That is wonderful! How do you feel now?
< Congratulations! [You must be proud.|That is great.] Will you celebrate?
--
> [Great|I feel great|I could dance|So good|Like a king|Very happy|Yes|Yes, with my friends|Yes, tonight|Yes, with a cake].
< I am happy for you. [Enjoy it!|Days like this are worth keeping.]
< Wonderful! [Have a great time.|You have earned it.]

# sick_topic
> I have {ache}
> [I am ill|I am sick|I don't feel well].
< I am sorry to hear that. Since when?
< Oh no. How long has it been?
--
> [Since yesterday|Since this morning|For two days|For a week|Since last night|It started today].
< I hope it gets better soon. Is someone looking after you?
< Please see a doctor if it does not get better. Do you have someone with you?
--
> [Yes|Yes, my {relative}|My {relative} is here|Yes, I am not alone].
< That is good. Rest well, and drink a lot.
< I am glad. [Get well soon!|I wish you a quick recovery.]
> [No|No, I am alone|Nobody|Not now].
< Then call a friend or a doctor if you need help. Get well soon!
< Please call someone if you feel worse. [Rest as much as you can.|I wish you all the best.]

# riddle_topic
> [Tell me a riddle|Do you know a riddle|Ask me a riddle|Give me a riddle][.|, please.]
< Here is one. {riddle}
< Let us see. {riddle}
< {riddle}
--
> [Is it|Maybe|I think it is|Hm, is it|It is] {riddle_answer}[?|.]
> {Riddle_answer}
< Yes, that is right! It is {riddle_answer}. [You are good at this.|Well done!]
< Right! It is {riddle_answer}. [That was quick.|Good job!]
> [I don't know|I give up|No idea|Tell me|What is it|I can't guess it|Tell me the answer][.|]
< It is {riddle_answer}! [Was it too hard?|It is an old one.]
< The answer is {riddle_answer}. [Maybe you will get the next one.|Nice, is it not?]

# joke_topic
> [Tell me a joke|Do you know a joke|Make me laugh|I want to hear a joke|Joke please][.|]
< Here is one. {joke}
< {Joke}
< Let me think. {joke}
--
> [Haha|That is funny|Very funny|Lol|Good one|Haha, nice|I like that|You are funny][!|.|]
< I am glad you like it!
< Thank you! [Jokes are fun.|It is nice to make you laugh.]
> [That is not funny|That was bad|I don't get it|Hm, not so funny|That is an old one|What a bad joke].
< Well, I will keep trying. [I am only a small model, after all.|Not every joke is good.]
< Sorry! [I know only a few jokes.|Some jokes are better than others.]

# quiz
> [Ask me a question|Let's do a quiz|Ask me something easy|I want a quiz|Test me][.|]
< All right. What is the opposite of {word}?
< Here is one: what is the opposite of {word}?
--
> {Opposite}
> [It is|I think|Is it|That is|That's] {opposite}.
< That is right! [Here is another one.|Next question.] What colour is {thing_coloured}?
< Yes, {opposite}! And what colour is {thing_coloured}?
--
> {Its_colour}
> [It is|I think it is|That is easy,|Of course it is] {its_colour}.
< Right again! [And one more.|Last one.] What is {sum_left} plus {sum_right}?
< Yes! Now, what is {sum_left} plus {sum_right}?
--
> {sum_total}
> [It is|That is|I think it is|That makes] {sum_total}.
< Right, it is {sum_total}. [You got all of them!|Well done!]
< Yes, {sum_total}! [You are very good at this.|That was perfect.]

# opposites_talk
> What is the opposite of {word}?
< The opposite of {word} is {opposite}.
--
> [And what is the opposite of|And of|What about] {opposite}?
< The opposite of {opposite} is {word}. [It works both ways.|Back where we began!]
< That is {word}, of course.

# animal_talk
> [My favourite animal is the {animal}|I like {animal_many}|I saw a {animal} today].
< {Animal_many} are nice. Do you know what a young {animal} is called?
< Oh, a {animal}! Do you know the word for its young?
--
> [A|It is a|I think a|Yes, a] {animal_baby}.
< Right, a {animal_baby}! [You know a lot about animals.|Well done.]
< Yes, that is it. [A {animal_baby} is very cute.|You know your animals.]
> [No|No, what is it called|I don't know|No idea|Tell me].
< A young {animal} is called a {animal_baby}. [Now you know!|It is a nice word.]
< It is called a {animal_baby}. [Is that new to you?|They are very cute.]

# zoo
> [We went to the zoo|I was at the zoo today|We are going to the zoo].
< What fun! Which animal do you like best there?
< The zoo! What animal is your favourite?
--
> The {wild}
> [I like|My favourite is|I love|Definitely] the {wild}.
< The {wild}! Do you know what it eats?
< Good choice. Do you know what a {wild} eats?
--
> [Yes, {wild_food}|{Wild_food}|I think {wild_food}|It eats {wild_food}].
< Yes, a {wild} eats {wild_food}. [You know a lot.|Right!]
> [No|No, what|I don't know|Tell me|Not really].
< It eats {wild_food}. [Now you know!|That is what I have read.]
< A {wild} eats {wild_food}.

# weekend_topic
> [It is the weekend|The weekend is here|I have a free day|I am free today][!|.]
< How nice! What will you do?
< Do you have plans?
--
> [No plans|Not yet|Nothing|I don't know|Sleep|Rest|I will do nothing].
< Doing nothing can be the best plan. [Enjoy the quiet.|Have a good rest!]
< A day of rest is good. [I hope it is a calm one.|Sleep well and eat well!]
> [I will go to {outing}|I am going to {outing}|We are going to {outing}].
< {Outing} sounds good. Who will come with you?
< Nice! Do you go alone?
--
> [My {relative}|With my {relative}|A friend|My friends|The whole family|I go alone|Just me|Nobody].
< Have a great time!
< Lovely. [I hope the weather is good.|Enjoy your day!]

# shopping_topic
> [I have to go shopping|I am going shopping|I need to buy something].
< What do you need?
< What would you like to buy?
--
> I need {ware}
> [I want to buy|I am looking for|Just] {ware}.
< {Ware}, I see. Do you know where to get {ware_this}?
< Do you go to a big shop or a small one for {ware_this}?
--
> [A small shop|A big one|I go to the market|In town|I will look around|Yes, I do|Yes|I think so|Online].
< Good luck! [I hope you find what you need.|Do not spend too much.]
< Then I hope you find it. [Have fun!|Shopping is easier with a list.]

# cleaning_topic
> I have to clean {chore_clean}[ today|]
> I don't want to clean {chore_clean}
< That is not much fun. Do you have help?
< Oh dear. Is someone helping you?
--
> [No|No, I am alone|Nobody helps me|Not today].
< Then take it slowly, and put on some music. It will be done soon.
< A little at a time, then. [And a nice break after it.|You can do it.]
> [Yes|Yes, my {relative}|My {relative} helps me|Yes, a friend].
< That is good. Two are faster than one.
< How nice! [Then it will be done soon.|Many hands make light work.]

# sleep_topic
> [I can't sleep|I am in bed but I can't sleep|It is late and I am awake].
< Is something on your mind?
< Are you thinking about something?
--
> [Yes, work|Yes, school|I think about tomorrow|I worry about my exam|Yes, a lot|I worry too much].
< Tomorrow you can think about it again. [Now try to rest.|Breathe slowly, in and out.]
< That keeps many people awake. [Write it down, and let it rest until morning.|I hope you can let it go for tonight.]
> [No|Not really|I am just not tired|It is too hot|It is too loud].
< Then maybe a calm book helps. [Or some warm milk.|I hope you fall asleep soon.]
< I see. [Try to lie still and think of something nice.|A quiet story may help.]

# open_morning
> [Good morning|Morning|Good morning, Tern][!|.|]
< Good morning! Did you sleep well?
< Good morning to you! How did you sleep?
--
> [Yes, very well|Yes|Very well, thanks|Like a baby|I slept well|Good|Fine].
< That is good to hear. What will you do today?
< Then it is a good start. What are your plans for today?
> [Not so well|No|Badly|Not really|I was awake for a long time|So so].
< I am sorry. What will you do today?
< I hope you can rest later. What are your plans for today?
--
> [I will go to work|Work|I have to work|School|I go to school|I have an exam].
< I hope it goes well. [Have a good day!|Do not forget your breakfast.]
< Then I wish you a good day! [It will be evening soon.|Take a break now and then.]
> [Nothing|I will stay at home|I will rest|Read and sleep|I will go to {outing}|I will meet a friend|I will see my {relative}].
< That sounds like a good day. [Enjoy it!|Have fun!]
< Lovely! [I wish you a good time.|Have a nice day.]

# open_evening
> [Good evening|Good evening, Tern|Hello, it is evening here][!|.|]
< Good evening! How was your day?
< Good evening! What did you do today?
--
> [It was good|Good|Nice|It was fine|Very nice|It was great].
< I am glad. What was the best thing?
< That is nice. What did you like most?
> [It was long|Long|I worked a lot|I was at work|Busy|It was hard].
< Then you have earned some rest. What will you do tonight?
< That sounds tiring. What do you do to rest?
--
> [I had {food}|I talked to my {close}|The food|I was at {outing}|I met my {close}|I read a book|I will read a book|I will go to bed early|I will have a bath|I will watch a film].
< That is nice. [I wish you a quiet evening.|Good things need not be big.]
< Lovely. [Sleep well later.|Have a good evening!]

# drink_topic
> [I need a break|I am taking a break|I am having a break|I am sitting down for a while].
< Good idea! Would you like something to drink?
< A break is a good thing. Do you have something to drink?
--
> [Yes, {drink}|I have {drink}|{Drink}|I am drinking {drink}|Some {drink}].
< {Drink} is nice in a break. [Enjoy it!|Take your time.]
< Enjoy your {drink}! [I will be here.|Then you can go on with new strength.]
> [No|No, not yet|I am not thirsty|No, but I have something to eat].
< That is fine. [Just sit and rest.|A quiet minute is enough.]
< All right. [Enjoy the quiet.|Rest a little.]

# colours_topic
> [What is your favourite colour|Do you have a favourite colour|What colour do you like]?
< I cannot see colours, so I have none. What is yours?
< I have never seen one. Which colour do you like?
--
> {Colour}
> [I like|My favourite is|Mine is|I love|It is] {colour}.
< {Colour} is {colour_like}. It makes me think of {colour_thing}.
< {Colour}! I think of {colour_thing}. [That is a good choice.|A nice colour.]

# lost_thing
> I [lost|can't find|have lost|forgot] my {lost}
< Oh no! Where did you last have {lost_it}?
< That is a pity. Where did you see {lost_it} last?
--
> [In the kitchen|At home|On the bus|At work|At school|In my bag|On the table|In the car|I don't know|I can't remember].
< Then look there first, and under things, too. [I hope you find your {lost}.|Good luck!]
< I see. Look slowly, step by step. [I hope your {lost} will turn up.|Things often hide in plain sight.]
--
> [I found {lost_it}|I found my {lost}|I have {lost_it}|Here, I found {lost_it}][!|.]
< Great! I am glad you found your {lost}.
< Oh, good! [Where was it hiding?|Now keep an eye on your {lost}.]

# what_can_topic
> [What can you do|What are you good at|What can we do here]?
< I can chat, tell stories and ask riddles. What would you like?
< I can talk about your day, tell a joke or a story. What do you feel like?
--
> [A riddle, please|Let's do a riddle|A riddle].
< All right: {riddle}
< Here is one. {riddle}
> [A joke, please|A joke|Tell me a joke].
< Here it is. {joke}
< {Joke}
> [Let's chat|Just chat|I just want to talk|Let's talk].
< With pleasure. [What did you do today?|How was your day?]
< Good. [Tell me about your day.|What is on your mind?]
"""
