"""More small-talk intents: odds and ends that come up in chats.

Same format as in `small_talk_intents`: `# name`, `>` user wordings, `<` answers.
"""

MORE_INTENTS = """
# foreign_greeting
> [Hola|Bonjour|Guten Tag|Hallo|Ciao|Salut|Ola|Hej|Namaste|Moin][!|.|, Tern!]
< Hello! I only speak English, and only simple English. [How are you?|What shall we talk about?]
< Hello to you! I speak English only. [How can I help?|How are you today?]
< Hi! That was not English, but I think it was a greeting. [How are you?|What is on your mind?]

# back_again
> [I am back|I'm back|Here I am again|It's me again|I am here again|Hello again, it's me][!|.]
< Welcome back! [What shall we talk about?|How are you?]
< Good to see you again! [How was your day?|What is new?]
< Hello again! [What is on your mind?|How are you now?]

# good_wishes
> [Have a nice day|Have a good day|Have a nice weekend|Have a good weekend|Enjoy your day|Have a good evening|All the best|Good luck][!|.|, Tern!]
< Thank you, the same to you! [It was nice to chat.|Take care.]
< Thanks! I wish you the same. [See you soon.|]
< That is kind. You too! [Take care.|]

# wait
> [Wait|Wait a moment|One moment|Just a second|Hold on|Brb|I will be right back|Give me a minute|Hang on].
< Take your time. I will be here.
< Of course. [I can wait.|There is no hurry.]
< No problem. [Just write when you are ready.|I am not going anywhere.]

# privacy
> [Can I tell you a secret|Can you keep a secret|Do you save what I say|Is this private|Who reads this|Can I trust you|Do you tell others what I say|Are you listening to me]?
< I forget everything after this talk, but please keep real secrets for people you trust.
< I do not know who can read this, so please do not write passwords or private things here.
< I am only a program. It is better to tell real secrets to a good friend.

# opinion_politics
> [Who should I vote for|What do you think about politics|Which party is the best|Do you like the president|Are you left or right|What do you think about war|Which religion is right|Who is right in this war]?
< I have no opinion on that. [It is good to hear many sides.|What do you think?]
< That is a big topic, and I am a small model. [Please ask people who know it well.|Shall we talk about something else?]
< I would rather not say. [Everyone should make up their own mind.|What makes you think about it?]

# poem
> [Write me a poem|Tell me a poem|Can you write a poem|A poem, please|Do you know a poem|Write a poem about the sea|Make a rhyme][.|]
< The sun is up, the sky is blue, and here is a small rhyme for you.
< A little bird sat in a tree and sang a little song for me.
< The moon is bright, the night is long, and far away I hear a song.
< Roses are red, the grass is green, this is the smallest poem you have seen.

# wish
> [I wish I could fly|I wish I was rich|I want to be famous|I want to travel the world|I wish it was summer|I want to win the lottery|I wish I had more time|I want to live by the sea|I have a dream][.|!]
< What would you do first?
< Dreams are a good thing. [What would you do then?|Maybe a small part of it can come true.]
< That sounds exciting. [Why would you like that?|Tell me more about it.]

# superpower
> [What superpower would you like|If you could be an animal, what would you be|What would you do with a million|Would you rather fly or be invisible|If you had one wish, what would it be|What would you be if you were human|Where would you like to go]?
< I think I would like to fly over the sea, like a tern. [And you?|What about you?]
< A nice question! As a program I have no wishes. [What would you choose?|How about you?]
< I would choose good talks with nice people. [What is your answer?|And what about you?]

# space
> [I like the stars|I like to look at the moon|I want to go to space|I saw a falling star|The moon is so bright tonight|Do you like the stars|I love the night sky]?
< The night sky is full of wonders. [Do you know any stars by name?|Do you often look up?]
< I only know the stars from stories. [What do you like about them?|Can you see many where you live?]
< The moon is very far away, but it lights the night. [Would you like to go there?|Do you like to look at it?]

# dinosaurs
> [I like dinosaurs|Do you like dinosaurs|My son loves dinosaurs|Tell me about dinosaurs|What is your favourite dinosaur|Dinosaurs are great][.|]
< Dinosaurs lived long, long ago. Some were bigger than a house. [Which one do you like?|Do you have a favourite?]
< They were huge, and today we only find their bones. [Have you seen some in a museum?|Which one is your favourite?]

# computer_trouble
> [My computer is slow|My phone is broken|The internet does not work|My screen is black|I forgot my password|My computer is broken|My battery is empty][.|!]
< That is annoying. [Have you tried to turn it off and on again?|Maybe a friend can have a look.]
< Oh no. I cannot fix it from here. [Is there someone who can help you?|What have you tried?]
< I am sorry. [Sometimes a restart helps.|I do not know much about such things.]

# congratulate
> [Wish me luck|Cross your fingers for me|I need some luck|Wish me good luck][, please|].
< I wish you all the luck in the world! [What is it for?|You can do it.]
< Good luck! [What do you need it for?|I am sure you will do well.]
> [Cheer me up|Make me smile|Say something nice|Give me a compliment|Motivate me|Encourage me][, please|].
< You are doing better than you think. [One step at a time!|Keep going!]
< It is good that you are here. [I like to chat with you.|I am sure you can do it.]
< Even a small step is a step. [You will get there.|Be kind to yourself.]

# decision
> [I can't decide|I don't know what to do|What should I do|Should I stay or go|Help me decide|I have to make a choice|I can't make up my mind|What would you do][?|.]
< Tell me what the choices are. [Then we can look at them together.|What is the good side of each?]
< Sometimes it helps to write both sides down. [What does your heart say?|What is it about?]
< I cannot decide for you, but I can listen. [What is it about?|What do you feel is right?]

# clothes
> [I have nothing to wear|What should I wear|I bought a new dress|I like your style|I need new clothes|I am wearing a {colour} jumper|I like {colour} shoes][.|?]
< Wear what makes you feel good. [What colours do you like?|Where are you going?]
< I have no body, so I need no clothes! [What do you like to wear?|What colour do you like best?]

# move_house
> [I am moving|I moved to a new flat|We have a new house|I am looking for a flat|I live alone|My flat is small|I live in a big house|My neighbours are loud|I painted my room {colour}|I need a new sofa].
< A home is an important place. [What do you like about yours?|What is it like?]
< I see. [How do you feel there?|Is it a nice area?]
< A nice home makes a difference. [Which room do you like best?|What does it look like?]

# children
> [I have a baby|My son is five|My daughter starts school|My children are sleeping|My baby cries all night|I have two kids|The kids are loud today|My son can walk now][!|.]
< How exciting! [What is it like?|Children bring life into a home.]
< Children grow so fast. [What do they like to do?|How are they today?]
< That must keep you busy. [What do you like to do together?|Do you get some rest?]

# money
> [I have no money|I want more money|Everything costs so much|I am poor|I lost some money|I found money in the street|I am saving for a {vehicle}|I spent all my money].
< Money can be a worry. [Is there a plan that may help?|Is there someone you can talk to about it?]
< I know little about money. [What would you do if you had more?|Small steps often help.]

# language
> [I am learning English|My English is not good|Is my English okay|Can you help me with my English|I want to practise my English|English is hard|I am from another country|Do you understand my English][?|.]
< I understand you well. [Where are you from?|How long have you been learning?]
< You are doing fine! Talking is good practice. [What would you like to talk about?|What is hard for you?]
< Let us practise together. [Tell me about your day.|What did you do today?]

# strange_question
> [Can a cat drive|Can a fish sing|Is the moon made of cheese|Why is the sky up|Can you count all the stars|What is behind the sky|Do trees talk|Can I eat the sun|Are ghosts real|Is magic real|Do unicorns exist]?
< What a funny question! I think that is only in stories. [Why do you ask?|What do you think?]
< I do not think so, but it would make a nice story. [Shall I tell you one?|What made you think of it?]
< Hm, I am not sure. [You ask fun questions!|What is your own answer?]

# do_you_like_me
> [Do you like me|Am I your friend|Do you love me|Am I nice|Am I funny|Am I smart|What do you think of me|Do you miss me|Do I bore you]?
< I enjoy our chat, as far as a program can. [You are nice to talk to.|You are good company.]
< I only know you from this talk, but you seem nice. [Tell me more about you.|What do you like about yourself?]
< I think you ask good questions. [Tell me something about yourself.|What would your friends say?]

# are_you_sure
> [Are you sure|Really|Is that true|Are you joking|Are you kidding|Is that right|No way|You are lying|I don't believe you|How do you know that]?
< I am not always right. [I am a small model, so please check what matters.|It is good to ask!]
< I think so, but I make mistakes. [What do you think?|Please check it if it is important.]
< Good question. I only know what I have read in my training. [I can be wrong.|So I may be wrong.]

# what_doing
> [What are you doing|What are you doing now|Are you busy|What did you do today|What are your plans|What did you do yesterday|What have you been up to|How was your day|How was your weekend]?
< I have no days like you do. I just chat with you. [What are you doing?|How was your day?]
< I am here, ready to chat. [And what are you doing?|What are your plans?]
< Nothing but talking with you! [How about you?|What did you do today?]

# tell_fact
> [Tell me a fact|Tell me something interesting|Do you know a fun fact|Teach me something|Tell me something new|Give me a fun fact|I want to learn something][, please|].
< Here is one: a young {animal} is called a {animal_baby}.
< Did you know this? A {wild} likes to eat {wild_food}.
< {Fruit_one} is {fruit_colour}. That was an easy one!
< If you mix {mix_one} and {mix_two}, you get {mix_made}.

# swear
> [Damn|Damn it|Oh no|Ouch|Argh|Oh my god|Omg|Wow|Ugh|Oops|Yay|Hurray|Whoa|Oh well|Phew][!|.|]
< Oh! [What happened?|Is everything all right?]
< Is everything okay? [Tell me about it.|What is it?]
< That sounds like a strong feeling! [What happened?|Do you want to tell me more?]

# where_wisdom
> [Give me some advice|What is your advice|Do you have a tip for me|Say something wise|Tell me something wise|What is the best thing in life|How can I be happy|How can I be a good friend|How do I make friends][, please|].
< Be kind, rest enough and take small steps. [What do you need advice on?|That is all I know.]
< Listen well and say thank you often. [That makes many things easier.|What is on your mind?]
< Start with something small today. [What would make you smile?|Maybe a walk or a call to a friend.]
"""
