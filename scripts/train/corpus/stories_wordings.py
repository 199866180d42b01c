"""Wordings around the stories: introductions, ends, requests, questions and comments."""

from __future__ import annotations

INTRODUCTIONS = (
    "Once upon a time, there was a {trait} [little |young |]{kind} [called|named] {hero}. {He} lived {home}.",
    "Once there was a {trait} [little |young |]{kind} [called|named] {hero}, who lived {home}.",
    "Once upon a time, a {trait} [little |]{kind} [called|named] {hero} lived {home}.",
    "There once was a {trait} {kind} who lived {home}. {His} name was {hero}.",
    "{Hero} was a {trait} [little |young |]{kind}. {He} lived {home}.",
    "Long ago, there lived a {trait} {kind} {home}. {His} name was {hero}.",
    "Far away, {home}, there lived a {trait} [little |young |]{kind} [called|named] {hero}.",
    "This is the story of {hero}, a {trait} {kind}. {He} lived {home}.",
)

STORY_ENDS = {
    "bedtime": ("Good night, {hero}!", "Then the moon came up, and everyone slept.",
                "And now it is time to sleep. Good night!", "The stars came out, and all was still. Sleep well!"),
    "any": ("The end.", "And that is the end of the story.", "And they lived happily for many years.", "What a day it had been!"),
}

PLAIN_REQUESTS = (
    "[Tell|Please tell|Can you tell|Could you tell|Will you tell] me a {story}{about}[, please|]",
    "[Can|Could|Would|Will] you [please |][tell me|write|write me|tell] a {story}{about}?",
    "[I want|I would like|I'd like|I want to hear|I would love to hear|I would like to hear] a {story}{about}[, please|]",
    "[Write|Make up|Invent|Think of] a {story}{about}[ for me|][, please|]",
    "A {story}{about}, please[!|.]",
    "Do you know a {story}{about}?",
    "[Give me|Let me hear|Let us have|Let's hear|How about] a {story}{about}[, please|]",
    "[My child|My daughter|My son|My little sister|My little brother] wants a {story}{about}.",
    "[Tell|Read] [us|me] a {story}{about}.",
    "[Hi!|Hello!|Hi Tern!] [Tell me|Please tell me] a {story}{about}[, please|]",
    "[Hi!|Hello!|Hi Tern!] Can you tell me a {story}{about}?",
    "[Okay, now|Now|And now] [tell me|please tell me] a {story}{about}[, please|]",
    "[I am bored.|I can't sleep.|It is bedtime.|I feel sad today.] [Tell me|Please tell me] a {story}{about}[, please|]",
)

LEAD_INS = (
    "[Sure|Of course|Gladly|With pleasure|Yes|All right|Okay]! Here is a story{about}.",
    "[Sure|Of course|Yes|All right]! [Here it is.|Listen.|Here we go.|Here is one.]",
    "Here is a [little |]story{about} for you.",
    "[Gladly.|With pleasure.|Happy to.] [Here it comes.|Here is a story.]",
    "[Let me think.|Let me see.] [I have one for you.|Here is one.]",
)

# Every introduction states the name, kind, trait and home of the hero.
GENERAL_QUESTIONS = (
    ("[What was the name of the {kind}|What was the {kind} called|What is the {kind} called|What was the {kind}'s name]?",
     "[The {kind} was called {hero}.|{His} name was {hero}.|The name of the {kind} was {hero}.]"),
    ("[Who was the story about|Who is the story about|Who was it about]?", "[It was about {hero}, a {trait} {kind}.|The story was about {hero}.]"),
    ("[Who is {hero}|Who was {hero}|Tell me who {hero} was]?", "{Hero} was a {trait} {kind}. {He} lived {home}."),
    ("[Where did {hero} live|Where did the {kind} live]?", "[{Hero} lived {home}.|{He} lived {home}.]"),
    ("[What was {hero} like|How was {hero}|What kind of {kind} was {hero}]?",
     "[{Hero} was {trait}.|{Hero} was a {trait} {kind}.]"),
    ("[What was the story about|What is the story about|What happened in the story|Can you sum it up|Tell me in short what happened|"
     "What was that about]?", "[In short: |The story goes like this: |]{Summary}"),
    # What the story leaves open shall not be invented.
    ("[How old was {hero}|How old was the {kind}|How old is {hero}]?", "The story does not say how old {hero} was."),
    ("[What was the name of {his} father|What was {his} mother called|What did {hero} eat in the morning|When did that happen]?",
     "[The story does not say that.|I do not know. The story does not say it.|That is not in the story.]"),
)

FRIEND_QUESTION = ("[Who is {friend}|Who was {friend}|And who was {friend}]?",
                   "[{Friend} was a {friend_kind}.|{Friend} was a {friend_kind} in the story.]")

COMMENTS = (
    ("[That was nice|That was a nice story|Nice story|What a lovely story|I like it|I liked that|I love it|Great story|So sweet]"
     "[!|.]", "[I am glad you like it.|Thank you! I am glad.|That makes me glad.] [Would you like another one?|Do you like stories?|]"),
    ("[Thanks|Thank you|Thank you for the story|Thanks for the story|Thanks a lot][!|.]",
     "[You are welcome!|My pleasure.|With pleasure!] [I like to tell stories.|Just ask if you want another one.|]"),
    ("[That was short|It was a bit short|Is that all|That was too long|It was a bit sad|I don't like it|That was boring]",
     "[I am sorry.|I see.|Thank you for telling me.] [I can tell another one, if you like.|Shall I try another one?]"),
    ("[Did you make that up|Is it a true story|Did that really happen|Where did you get that story|Is it true]?",
     "I made it up for you. [It did not really happen.|It is only a story.]"),
    ("[Who wrote it|Did you write that yourself|Do you write stories]?",
     "I put it together from words I have learned. [I like simple stories.|It is only a small one.]"),
)

OPENINGS = (
    ("[Hi|Hello|Hey|Hello there|Good evening][!|.|, Tern!]", "[Hello!|Hi there!] [What can I do for you?|What would you like?|How can I help?]"),
    ("[Can you tell stories|Do you know stories|Do you know any stories|Do you like stories]?",
     "[Yes, I can tell small stories.|Yes, I like simple stories.] [Would you like one?|What should it be about?]"),
    ("[What can you do|What are you good at]?", "I can chat and tell little stories. [Would you like one?|What would you like?]"),
    ("[I am bored|I have nothing to do|I can't sleep|I want some fun]",
     "[Would you like a story?|How about a story?|A little story may help.] [You can say what it is about.|Just ask.]"),
)

AGAIN_REQUESTS = (
    ("[Tell me another one|Another one|Another story|One more|One more story|Can I have another one|Tell me one more|More|Again]"
     "[, please|]", "ok"),
    ("[Do you have another one|Can you tell another one|Do you know another story|Can you tell me another story]?", "ok"),
)

ENDINGS = (
    ("[Thanks|Thank you|Thank you, that was nice|Thanks, bye|Thanks, Tern][!|.]",
     "[You are welcome!|My pleasure!|Any time!] [Have a nice day.|It was fun.|Come back for another story.]"),
    ("[Good night|I am going to sleep now|I am tired now|Now I can sleep][!|.]",
     "[Good night!|Sleep well!] [Sweet dreams.|I wish you nice dreams.]"),
    ("[Bye|Goodbye|See you|I have to go now|Bye bye][!|.]", "[Goodbye!|Bye!|See you!] [Have a nice day.|Come back for another story.]"),
)

SUBJECT_QUESTIONS = (
    ("[Tell|Please tell|Can you tell|Will you tell] me a story[, please|]",
     "[Gladly!|With pleasure.|Of course.|Sure!] [What should it be about?|What shall it be about?|About what?]"),
    ("[I want a story|I would like a story|Story time|A story, please|Tell me a bedtime story][!|.]",
     "[Good idea!|Yes, gladly.|All right!] [What should it be about?|What would you like it to be about?]"),
)

SUBJECT_ANSWERS = ("{about}[, please|]", "[Tell me one|One|A story|It should be|Make it one] {about}[, please|]",
                   "{subject}[, please|]", "[Maybe|Hm, maybe] {about}")

# After the assistant has offered a story; without a subject, any story fits.
OFFER_ANSWERS = ("Yes[, please|][!|.]", "[Sure|Okay|Good idea|That would be nice|I would like that|Yes, a story, please|Oh yes]",
                 "Yes, [one |]{about}[, please|]", "[Sure|Okay], {about}")

AGAIN_CONSTRAINED = ("[Another one|Now one|One more|And now one|Now a story|Another story] {about}[, please|]",
                     "Can you tell me [one|another one|a story] {about}?", "[Tell me|Now tell me|I want] one {about}[, please|]")
