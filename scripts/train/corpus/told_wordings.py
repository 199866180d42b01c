"""
Facts that people tell about themselves and ask for later, in wordings as unlike each other as can be.

Format: `# name | value`, where value names the method of `Values` that draws `{v}`; then lines of ` / `-divided wordings: `T` tells
the fact, `C` is the fact as the assistant says it, `Q` asks for it, `N` names what is asked ("the name of your dog"). `{s}`, `{r}`,
`{t}`, `{o}` are a kind of animal, a relation, a topic and a thing, the same throughout a fact. `{av}` is the value with its article.
"""

TOLD = """
# name | person_name
T: I'm {v}[.|!|, by the way.] / My name is {v}[.|!] / [People|Everyone|My friends|They] call me {v}[.|!| around here.] / [Hi|Hello|Hey|Good morning|Good evening][!|,] {v} here[.|!] / You can call me {v}. / [The name is|Name's|It's] {v}. / I go by {v}. / I am called {v}. / [This is|Here is] {v}[, hello!|.| speaking.] / My parents named me {v}. / I was [named|called] {v} after my [grandfather|grandmother|aunt|uncle]. / [Please call|Just call] me {v}. / {v} is my name. / Nice to meet you, I'm {v}. / They named me {v} when I was born. / [Greetings|Hi there], my name's {v}. / Let me introduce myself: {v}. / On my [door|badge|passport] it says {v}. / I answer to {v}.
C: your name is {v}
Q: What is my name? / [Who am I|Who are you talking to|With whom are you talking]? / [Do you know|Can you say|Do you remember|Tell me|Say] [what I am called|my name|who I am|what they call me|how I am called][?|.] / What [was|is] my name[ again|]? / How [am I called|do people call me|did I introduce myself]? / What do [people|my friends] call me? / [What name did I give you|Which name did I tell you|What did I say my name was]? / [And|So|Now], who am I? / [Please |]say hello to me by [my |]name. / Could you greet me by name? / If you wrote me a letter, what name would be on it? / What should [you|I] be called[, I mean me|]? / My name is...? / Have you got my name? / By what name do [you know me|I go]?
N: your name

# pet | pet_name
T: I have a {s}[ called| named| by the name of] {v}[.|!] / My {s}['s name is| is called| is named| goes by] {v}[.|!] / [There's|There is] a {s} [at home|in my house|in our family|with me], {v}. / We [got|bought|adopted|found|took in] a {s} and [named it|call it|called it|gave it the name] {v}. / {v}, my {s}, [is asleep|is barking mad|ate my breakfast|sits next to me|needs a bath|is very old|is my best friend|makes a mess|loves the snow]. / I [walked|fed|brushed|washed|petted|talked to] my {s} {v} [this morning|today|just now]. / The {s} [we have|at home|I own] is called {v}. / Our {s} listens to the name {v}. / I share my [flat|house|home|bed] with a {s}, {v}. / My {s}? {v} is the name. / {v} is [a|my] {s}[, and mine|]. / We said the {s} should be {v}, and so it is. / My little {s} {v} [is sick|is well|is one year old|learned a trick]. / Did I tell you about my {s}[ {v}|, {v}]? / [Since last week|For two years|Since May] I have [had |]a {s}, {v}. / My kids wanted a {s}. Now we have one: {v}.
C: your {s} is called {v}
Q: What is my {s}[ called| named|'s name]? / [How|What] do I call my {s}? / [Tell me|Do you know|Do you remember|Can you tell me] [the name of my {s}|what my {s} is called|my {s}'s name|how my {s} is called][?|.] / Which name [does my {s} have|did I give my {s}|has my {s}]? / I have a {s}. [What is its name|What is it called|How is it called|Who is it]? / What [was|is] the name of [my|our|the] {s}[ again|]? / Who [is my {s}|lives with me]? / [What name|Which name] should I call when I look for my {s}? / To which name does my {s} listen? / My {s} has a name. [Which one|What is it]? / What did [I|we] name [my|our|the] {s}? / What would be on the [collar|name tag|bowl] of my {s}?
N: the name of your {s}

# person | person_name
T: My {r}['s name is| is called| is named] {v}[.|!] / My {r} {v} [called|came by|is here|is ill|wrote to me|likes soup|is late again|sings well|lives far away|has a birthday today|cooked for us]. / {v} is my {r}[.|, you know.] / I have a {r} [called|named|by the name of] {v}. / [Yesterday|Today|Last night|On Sunday] I [met|saw|called|visited|helped|had lunch with] my {r}[,|] {v}. / I am [going to see|waiting for|writing to|cooking for] {v}[, who is my {r}|, my {r}]. / My {r} and I are close. [The name is|My {r} is] {v}. / [You would like|Let me tell you about] my {r}[ {v}|, {v}]. / There is {v}, [that is|who is] my {r}. / In my family there is a {r}, {v}. / My {r}? [That is|That's] {v}. / I call my {r} {v}. / The [best|nicest] {r} is mine: {v}. / {v} [and I are|and me are] a team, {v} being my {r}.
C: your {r} is called {v}
Q: What is my {r}['s name| called| named]? / Who is my {r}? / [Tell me|Do you know|Do you remember|Can you tell me] [the name of my {r}|what my {r} is called|my {r}'s name|who my {r} is][?|.] / [How|What] do I call my {r}? / What [was|is] the name of my {r}[ again|]? / My {r} has a name. [Which one|What is it]? / Which name does my {r} have? / I talked about my {r}. Who [was that|is it]? / What did I say my {r} is called? / To whom [am I|would I be] talking if I call my {r}? / Name my {r}[.|, please.] / And my {r}['s name|, who is that]?
N: the name of your {r}

# home | town
T: I live in {v}[.|!] / [My home is|Home for me is|I am at home] in {v}. / I'm from {v}. / I [come from|am living in|reside in|stay in|moved to|settled in] {v}[.| now.| last year.] / [I have|We have|We bought|I rent] a [flat|house|small room|place] in {v}. / {v} is [my home|where I live|the town I live in|home to me]. / We [moved|went] to {v} [last year|two years ago|in spring] and [stayed|live there now]. / Greetings from {v}[, where I live|, my home town]! / [Here in|In our street in|In my town,] {v} [it is raining|life is quiet|everybody knows me|the sun is shining]. I [like living here|live here]. / I wake up in {v} every morning. / My address is in {v}. / My bed stands in {v}. / My family and I live in {v}.
C: you live in {v}
Q: Where do I live? / [In which|Which|What] [town|city|place] do I [live in|call home]? / Where [is my home|am I at home|is my house|am I from|do I come from]? / [Tell me|Do you know|Do you remember|Can you tell me] [where I live|the name of my town|in which town I live|where my home is][?|.] / What [town|city|place] am I from? / What is [my home town|the name of my town|the place where I live]? / Where [did I say I live|would you send a letter to me|is my flat]? / If you came to see me, where would you [go|travel]? / What's the name of the place I live in? / Which place do I call my home? / Where is it that I live? / My [home|town] is [called|in] what?
N: where you live

# job | job
T: I [work|earn my money|make a living] as {av}[.|!] / I'm {av}[.| by trade.| by profession.] / My job is [to be|being] {av}. / [By day|At work|In real life] I am {av}. / I [became|was trained as|am employed as] {av}[ last year| ten years ago|]. / I have [been|worked as] {av} for [ten|five|many] years. / They [hired|took] me as {av}. / My work? I'm {av}. / I [started|got] a new job as {av}. / For a living, I am {av}. / Being {av} [is hard|is fun|is my life], [I do it every day|I have done it for years]. / I [get up early|work late], because I am {av}. / What I do? I work as {av}. / As {av} I [see a lot|am always busy|work hard].
C: you work as {av}
Q: What do I do [for a living|for work|all day|]? / What is my [job|work|profession|trade|occupation]? / [Tell me|Do you know|Do you remember|Can you tell me] [what I do for work|my job|what I work as|what my job is][?|.] / [What|As what] do I work as? / What did I say I [do|work as]? / Which job do I have? / How do I [earn my money|make my living]? / What kind of work do I do? / Who am I at work? / What am I by profession?
N: what you do for work

# favourite | -
T: My [favorite|favourite] {t} is {v}[.|!] / I [like|love] {v} [best|most|more than any other {t}|above all]. / {V} is [my favorite {t}|the best {t}|the {t} I like best|the {t} for me]. / [Nothing|No {t}] [is better than|beats] {v}. / Of all {ts}, {v} is [the best|my favorite|what I like most]. / When it comes to {ts}, I [choose|take|go for|prefer] {v}. / If I could have only one {t}, it would be {v}. / I'd [always choose|pick] {v} [as a {t}|if I had to pick a {t}]. / {V}! That is my [favorite|favourite] {t}. / For me the best {t} [of all |]is {v}. / I have a [favorite|favourite] {t}: {v}. / [Everyone|Everybody] has a favorite {t}. Mine is {v}. / You know what {t} I love? {V}!
C: your favorite {t} is {v}
Q: What is my [favorite|favourite] {t}? / [Which|What] {t} do I [like best|love most|like most|prefer|love]? / [Tell me|Do you know|Do you remember|Can you tell me] [what my favorite {t} is|my favorite {t}|which {t} I like best|the {t} I like most][?|.] / [Which|What] {t} would I [choose|pick|take]? / What {t} did I say I like? / Which {t} is [the best for me|my favorite]? / What do I like most as a {t}? / I have a favorite {t}. [Which one|What is it]? / If you gave me a {t}, which one should it be? / Which {t} makes me happy? / Name my favorite {t}.
N: your favorite {t}

# age | age
T: I am {v} years old. / I'm {v}. / I [turned|became] {v} [last week|yesterday|in May|today]. / I'll tell you my age: {v}. / My age is {v}. / I have been {v} since [spring|last month]. / At {v} years of age I still like to play. / {v} years, that is how old I am. / I was born {v} years ago. / There were {v} candles on my cake.
C: you are {v} years old
Q: How old am I? / What is my age? / [Tell me|Do you know|Do you remember|Can you tell me] [how old I am|my age][?|.] / How many years old am I? / What age did I say I am? / How many candles [go on my cake|were on my cake]? / My age [is|was] what?
N: how old you are

# number | number
T: My [lucky|favorite] number is {v}. / [Remember|Keep in mind|Note|Don't forget|Keep|Hold on to|Store] the number {v}[.|, please.|!] / The number [I want you to remember|to keep|of the day|you should know] is {v}. / I am thinking of the number {v}. / Here is a number[ for you|]: {v}. / I picked the number {v}. / Please [keep|store|note] this number: {v}. / {v} is [a number I like|the number|my number]. Please [remember it|keep it in mind]. / Let's say the number is {v}.
C: the number is {v}
Q: [What|Which] number did I [tell you|give you|say|mention|ask you to remember|pick]? / What [is|was] the number[ again|]? / What [is|was] my number[ again|]? / [Tell me|Do you know|Do you remember|Can you tell me|Say|Repeat|Give me] the number[ I told you| I gave you| I said|][?|.] / Which number [should you|were you to] [remember|keep in mind]? / I told you a number. [Which one|What was it]? / The number, please. / What number do you have for me?
N: the number

# code | code
T: The code for the {o} is {v}. / My {o} [opens with|has] the code {v}. / [The password is|My password is|The secret word is|The code word is] {v}. / To [open|get into] the {o} you need {v}. / If you want to open the {o}, type {v}. / {v} is the code of the {o}. / Keep this code for the {o}: {v}. / I set the code of the {o} to {v}.
C: the code is {v}
Q: What [is|was] the code[ for the {o}| of the {o}| again|]? / [Tell me|Do you know|Do you remember|Can you tell me|Give me] the code[ for the {o}| of my {o}|][?|.] / How do I [open|get into] the {o}? / Which code [opens|do I need for|does it take to open] the {o}? / I need to open the {o}. What do I type? / What do I have to type for the {o}?
N: the code

# place | hiding_place
T: I [put|left|hid|keep|have] [the|my] {o} {v}. / [My|The] {o} is {v}. / You will find [the|my] {o} {v}. / If anyone asks for the {o}, it is {v}. / {V} is where [the|my] {o} is. / I always [keep|put] my {o} {v}. / [The|My] {o} lies {v}. / Last night I [put|hid] the {o} {v}.
C: your {o} is {v}
Q: Where [is|did I put|did I leave|did I hide|do I keep|can I find] [my|the] {o}? / [Tell me|Do you know|Do you remember|Can you tell me] where [my {o} is|I put the {o}|I left my {o}][?|.] / I cannot find my {o}. Where is it? / I am looking for my {o}. [Where is it|Any idea]? / In which place is my {o}? / Where should I look for the {o}? / The {o} is where?
N: where your {o} is

# travel | town
T: I am [going|traveling|flying|driving] to {v} [next week|in June|tomorrow|on Friday|for a week|in summer]. / [Next month|In spring|Soon|On Monday] I [go|fly|travel] to {v}. / We [booked|planned] a trip to {v}. / My next trip [is|goes] to {v}. / I bought a ticket to {v}. / My holiday will be in {v} this year. / I am packing for {v}. / {V} is where I [will go|am going] on holiday.
C: you are going to {v}
Q: Where am I [going|traveling|flying to|going on holiday|off to]? / [Tell me|Do you know|Do you remember|Can you tell me] where I [am going|will travel|want to go][?|.] / What is [the goal of my trip|my destination]? / To which [place|town|city] am I [going|traveling]? / Where does my trip go? / Where will I [be next week|spend my holiday]? / For which town did I buy a ticket? / Which place am I going to visit?
N: where you are going

# eats | food
T: I [had|ate|cooked|made] {v} [for dinner|for lunch|for breakfast|today|yesterday|last night]. / [Today|Yesterday|Tonight] [we have|I cooked|I had|I made|we ate] {v}. / For [lunch|dinner|breakfast] [there was|I had|it was] {v}. / {V} was [on my plate|what I ate] [today|yesterday]. / My [lunch|dinner] was {v}.
C: you had {v}
Q: What did I [eat|have|cook|have to eat]? / [Tell me|Do you know|Do you remember|Can you tell me] what I [ate|had|cooked][?|.] / What was [on my plate|my meal|for dinner]? / Which [meal|dish|food] did I [have|tell you about|eat]? / What food did I have?
N: what you ate

# allergy | allergen
T: I am allergic to {v}. / I have an allergy to {v}. / {V} [makes|make] me ill, I am allergic. / I must not touch {v}, because I am allergic. / My allergy is [against|to] {v}. / I can't have {v}. I'm allergic. / Doctors say I am allergic to {v}.
C: you are allergic to {v}
Q: What am I allergic to? / [Tell me|Do you know|Do you remember|Can you tell me] what I am allergic to[?|.] / What must I [stay away from|not touch]? / Which allergy do I have? / What makes me ill? / What is my allergy?
N: your allergy

# hobby | hobby
T: My hobby is {v}. / In my free time I [like|enjoy|love|am into] {v}. / I [spend my weekends|relax|pass the time] with {v}. / I'm [really |]into {v}. / {V} is [what I do in my free time|my hobby|how I relax]. / On Sundays I go for {v}. / I took up {v} last year. / When I have time, I do {v}.
C: your hobby is {v}
Q: What is my hobby? / What do I [do|like to do] in my free time? / [Tell me|Do you know|Do you remember|Can you tell me] [my hobby|what my hobby is|what I do in my free time][?|.] / How do I [relax|spend my free time]? / Which hobby do I have? / What do I enjoy? / What am I into?
N: your hobby

# bought | thing
T: I [bought|got|found|ordered] {av} [today|yesterday|last week|at the market|in town]. / [Yesterday|Today|This morning] I [bought|got|found] {av}. / My new thing is {av}. / I came home with {av}. / I spent my money on {av}. / For my birthday I got {av}. / Look what I have: {av}!
C: you got {av}
Q: What did I [buy|get|find|bring home]? / [Tell me|Do you know|Do you remember|Can you tell me] what I [bought|got][?|.] / On what did I spend my money? / Which thing did I [buy|get]? / What is my new thing? / What have I got that is new?
N: what you bought

# relative_town | town
T: My {r} lives in {v}. / My {r} [moved|went] to {v}. / In {v} lives my {r}. / My {r} has a [house|flat|shop] in {v}. / I visit my {r} in {v}. / The home of my {r} is in {v}. / You find my {r} in {v}.
C: your {r} lives in {v}
Q: Where does my {r} live? / [Tell me|Do you know|Do you remember|Can you tell me] where my {r} lives[?|.] / In which [town|place|city] [is|does] my {r}[ at home| live|]? / Where is my {r}[ at home|'s house|]? / If I want to see my {r}, where do I go? / Which town is my {r} in? / What about my {r}, where is home?
N: where your {r} lives

# relative_job | job
T: My {r} [is|works as|became] {av}. / As a job, my {r} is {av}. / My {r} found work as {av}. / {Av}, that is what my {r} is. / My {r} has been {av} for years. / My {r} earns money as {av}.
C: your {r} works as {av}
Q: What does my {r} do[ for a living| for work|]? / What is [my {r}'s job|the job of my {r}]? / [Tell me|Do you know|Do you remember|Can you tell me] what my {r} [does|works as][?|.] / As what does my {r} work? / What kind of job does my {r} have? / How does my {r} earn money?
N: the job of your {r}

# birthday | date
T: My birthday is [on |]{v}. / I was born on {v}. / {V} is my birthday. / I have my birthday on {v}. / On {v} I will [have a party|get presents], it is my birthday. / Come to my party on {v}, it's my birthday!
C: your birthday is {v}
Q: When is my birthday? / [Tell me|Do you know|Do you remember|Can you tell me] when [my birthday is|I was born|I have my birthday][?|.] / On [what|which] [day|date] [is my birthday|was I born|do I get presents]? / What day is my birthday? / When [do I get presents|should you congratulate me]? / My birthday is when?
N: your birthday

# ship | title
T: My [boat|ship|car|bike] is called {v}. / I named my {o} {v}. / I am reading a book called {v}. / The [book|film|song] I [like|love|know by heart] is called {v}. / I [wrote|am writing] a [book|song|poem]. [Its title is|It is called] {v}. / My band is called {v}. / Our team [is called|has the name] {v}. / The shop of my family is called {v}.
C: it is called {v}
Q: What is it called? / [What|Which] name did I tell you[ just now|]? / [Tell me|Do you remember|Can you tell me] [what it is called|the name of it|the title][?|.] / What [was|is] [its name|the name|the title][ again|]? / How is it called?
N: what it is called
"""
