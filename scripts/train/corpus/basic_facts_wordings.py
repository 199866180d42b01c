"""Wordings for facts of the first school years, by kind of `facts_basic.tsv`.

Format: `# kind`, then lines of ` / `-divided wordings: `D` direct questions, `I` indirect ones, `N` noun phrases; `A` answers;
`S` the fact as a statement; `C` the same as a yes-or-no question; `R` questions for the key when the answer is given, `RA` their answers.
`{k}` is the key, `{ks}` its plural, `{a}` the answer.
"""

WORDINGS = """
# animal sound
D: what sound does a {k} make / what does a {k} say / what noise does a {k} make / how does a {k} sound / how does a {k} go / what sound do {ks} make / what do {ks} say / what noise do {ks} make / what does the {k} say / what sound comes from a {k} / what kind of [sound|noise] does a {k} make / what sound would a {k} make / what do you hear when a {k} calls / if I were a {k}, what would I say / how do {ks} talk / what does a {k} sound like / which [sound|noise] does a {k} make / what sounds do {ks} make / what noise comes out of a {k}
I: what sound a {k} makes / what a {k} says / what noise a {k} makes / how a {k} sounds / what {ks} say / what sound {ks} make / which noise a {k} makes / what a {k} sounds like
N: the sound of a {k} / the noise of a {k} / the sound a {k} makes / the noise that {ks} make / the sound of the {k} / the call of a {k} / {k} sound / the sound {ks} make
A: A {k} says {a}. / A {k} says {a}. / {Ks} say {a}. / A {k} goes {a}! / {A}! That is what a {k} says.
S: a {k} says {a}
C: does a {k} say {a} / do {ks} say {a} / is {a} the sound of a {k} / does a {k} go {a}
R: which animal says {a} / what animal goes {a} / who says {a} / what animal makes the sound {a} / which animal goes {a} / what animal says {a} / what says {a} / which animal is it that says {a} / what goes {a}
RA: A {k} says {a}. / A {k}! / That is a {k}. / The {k} says {a}.

# baby animal
D: what is a baby {k} called / what do you call a baby {k} / what do we call a baby {k} / what is a young {k} called / what's the name for a baby {k} / what is the young of a {k} called / what is the child of a {k} called / how do you call a young {k} / what is the [word|name] for a young {k} / what are baby {ks} called / a baby {k} is called what / what do {ks} call their young
I: what a baby {k} is called / what you call a baby {k} / what a young {k} is called / what baby {ks} are called / how a young {k} is called / what we call a baby {k}
N: the [name|word] for a baby {k} / the name of a baby {k} / the young of a {k} / the word for a young {k} / a baby {k} / the baby of a {k}
A: A baby {k} is called a {a}. / A baby {k} is called a {a}. / A baby {k} is a {a}. / It is called a {a}.
S: a baby {k} is called a {a}
C: is a baby {k} called a {a} / is a {a} a baby {k} / do you call a baby {k} a {a} / is a {a} a young {k}
R: what is a {a} / which animal has a {a} / what animal is a {a} / what does a {a} grow into / what will a {a} be when it grows up / whose baby is a {a} / what does a {a} become
RA: A {a} is a baby {k}. / A {a} is a young {k}. / A baby {k} is called a {a}.

# number of legs
D: how many legs does a {k} have / how many legs do {ks} have / how many legs has a {k} / what number of legs does a {k} have / how many legs are on a {k} / how many legs does the {k} have / how many legs can you count on a {k} / on how many legs does a {k} stand / how many feet does a {k} have
I: how many legs a {k} has / how many legs {ks} have / how many legs the {k} has / on how many legs a {k} walks
N: the number of legs of a {k} / the number of legs on a {k} / the number of legs a {k} has
A: A {k} has {w} legs. / A {k} has {w} legs. / {Ks} have {w} legs. / It has {w} legs.
S: a {k} has {w} legs
C: does a {k} have {w} legs / do {ks} have {w} legs / has a {k} {w} legs

# animal home
D: where does a {k} live / where do {ks} live / where is the home of a {k} / what is the home of a {k} / where can you find a {k} / where would I find a {k} / in what place does a {k} live / where does the {k} live / where is a {k} at home / where does a {k} sleep / where do {ks} sleep / what does a {k} live in / where would a {k} live / where do you find {ks}
I: where a {k} lives / where {ks} live / where a {k} sleeps / where I can find a {k} / where the {k} lives / where {ks} have their home
N: the home of a {k} / the home of {ks} / the place where a {k} lives / a {k}'s home
A: A {k} lives {a}. / A {k} lives {a}. / {Ks} live {a}. / It lives {a}.
S: a {k} lives {a}
C: does a {k} live {a} / do {ks} live {a}

# animal food
D: what does a {k} eat / what do {ks} eat / what is the food of a {k} / what does a {k} like to eat / what should I feed a {k} / what can I give a {k} to eat / what do you feed {ks} / what do {ks} live on / what does the {k} eat / what kind of food does a {k} eat / what would a {k} eat / which food do {ks} like / what does a hungry {k} eat
I: what a {k} eats / what {ks} eat / what a {k} likes to eat / what to feed a {k} / what I can feed a {k} / what food {ks} need
N: the food of a {k} / the food {ks} eat / food for a {k} / the food of {ks}
A: A {k} eats {a}. / A {k} eats {a}. / {Ks} eat {a}. / {Ks} like to eat {a}.
S: a {k} eats {a}
C: does a {k} eat {a} / do {ks} eat {a}

# what it gives
D: what do we get from {k} / what do {k} give us / what comes from {k} / what do people get from {k} / what can we get from {k} / what does one get from {k} / why do we need {k} / what are {k} good for / what do farmers get from {k} / what do {k} give
I: what we get from {k} / what {k} give us / what comes from {k} / what people get from {k}
N: the thing we get from {k} / the thing {k} give us
A: We get {a} from {k}. / We get {a} from {k}. / {A}. We get that from {k}. / From {k} we get {a}.
S: we get {a} from {k}
C: do we get {a} from {k} / does {a} come from {k} / do people get {a} from {k}
R: where does {a} come from / where do we get {a} from / what gives us {a} / who gives us {a}
RA: We get {a} from {k}. / {A} comes from {k}.

# color of things
D: what [color|colour] is {k} / which [color|colour] is {k} / what [color|colour] does {k} have / what is the [color|colour] of {k} / which [color|colour] has {k} / what [color|colour] would you say {k} is / what [color|colour] do you see when you look at {k} / in what [color|colour] should I paint {k} / what [color|colour] crayon do I need to draw {k} / what [color|colour] do I need for {k} / of what [color|colour] is {k} / what [color|colour] should {k} be in my picture
I: what [color|colour] {k} is / which [color|colour] {k} is / what [color|colour] {k} has / in which [color|colour] I should paint {k}
N: the [color|colour] of {k} / {k}'s [color|colour] / the [color|colour] that {k} has
A: {K} is {a}. / {K} is {a}. / {K} is {a}. / It is {a}. / The color of {k} is {a}.
S: {k} is {a}
C: is {k} {a}

# mixing colors
D: what [color|colour] do you get when you mix {k} / what do {k} make / what [color|colour] do {k} make / what do you get if you mix {k} / what happens when you mix {k} / which [color|colour] comes out when I mix {k} / if I mix {k}, what [color|colour] do I get / what is {k} mixed together / what [color|colour] do I get from {k} / when {k} are mixed, what [color|colour] is it / what [color|colour] is {k} together
I: what [color|colour] you get when you mix {k} / what {k} make / what [color|colour] {k} make / which [color|colour] I get from {k} / what comes out when you mix {k}
N: the mix of {k} / the [color|colour] you get from {k} / {k} mixed
A: {K} make {a}. / You get {a}. / When you mix {k}, you get {a}. / {K} make {a}.
S: {k} make {a}
C: do {k} make {a} / do you get {a} when you mix {k}
R: how do I make {a} / what makes {a} / how can I mix {a} / which colors make {a} / what do I mix to get {a}
RA: Mix {k} to get {a}. / {K} make {a}.

# opposite
D: what is the opposite of {k} / what's the opposite of {k} / what is the opposite of "{k}" / what is the opposite word for {k} / which word is the opposite of {k} / what is not {k} but the opposite / what word means the opposite of {k} / {k} is the opposite of what / what would be the opposite of {k} / what is the contrary of {k} / what do you call the opposite of {k} / if something is not {k}, what is it / which word means the reverse of {k} / what is the other side of {k}
I: what the opposite of {k} is / what is the opposite of {k} / which word is the opposite of {k} / what the contrary of {k} is
N: the opposite of {k} / the opposite of the word {k} / the opposite of "{k}" / the contrary of {k} / the opposite word of {k} / a word that means the opposite of {k}
A: The opposite of {k} is {a}. / The opposite of {k} is {a}. / The opposite of {k} is {a}. / {A} is the opposite of {k}. / It is {a}.
S: the opposite of {k} is {a}
C: is {a} the opposite of {k} / is the opposite of {k} {a} / are {k} and {a} opposites / does {a} mean the opposite of {k}

# day after
D: what day comes after {k} / which day comes after {k} / what day is after {k} / what day follows {k} / which day is the day after {k} / if today is {k}, what day is tomorrow / today is {k}, so what day is tomorrow / what comes after {k} / what is the next day after {k} / {k} is over, what day is it now / when it is {k} today, what is tomorrow / after {k} comes which day
I: what day comes after {k} / which day follows {k} / what comes after {k} / what day it is after {k}
N: the day after {k} / the day that comes after {k} / the day that follows {k} / the next day after {k}
A: {A} comes after {k}. / After {k} comes {a}. / The day after {k} is {a}. / {A} comes after {k}.
S: {a} comes after {k}
C: does {a} come after {k} / is {a} the day after {k}

# day before
D: what day comes before {k} / which day comes before {k} / what day is before {k} / which day is the day before {k} / if today is {k}, what day was yesterday / today is {k}, so what was yesterday / what comes right before {k} / what day do we have before {k} / before {k} comes which day
I: what day comes before {k} / which day is before {k} / what comes before {k} / what day it is before {k}
N: the day before {k} / the day that comes before {k}
A: {A} comes before {k}. / Before {k} comes {a}. / The day before {k} is {a}. / {A} comes before {k}.
S: {a} comes before {k}
C: does {a} come before {k} / is {a} the day before {k}

# month after
D: what month comes after {k} / which month comes after {k} / what month is after {k} / what month follows {k} / which month is next after {k} / what comes after {k} / if it is {k} now, what is next month / after {k} comes which month / {k} is over, what month is it now
I: what month comes after {k} / which month follows {k} / what comes after {k}
N: the month after {k} / the month that comes after {k} / the month that follows {k} / the next month after {k}
A: {A} comes after {k}. / After {k} comes {a}. / The month after {k} is {a}.
S: {a} comes after {k}
C: does {a} come after {k} / is {a} the month after {k}

# month before
D: what month comes before {k} / which month comes before {k} / what month is before {k} / what comes right before {k} / if it is {k} now, what was last month / which month do we have before {k}
I: what month comes before {k} / which month is before {k} / what comes before {k}
N: the month before {k} / the month that comes before {k}
A: {A} comes before {k}. / Before {k} comes {a}. / The month before {k} is {a}.
S: {a} comes before {k}
C: does {a} come before {k} / is {a} the month before {k}

# days in month
D: how many days are in {k} / how many days does {k} have / how many days has {k} / how long is {k} / how many days are there in {k} / how many days does the month of {k} have / how many days long is {k}
I: how many days {k} has / how many days are in {k} / how long {k} is
N: the number of days in {k} / the number of days of {k}
A: {K} has {a} days. / There are {a} days in {k}. / {K} has {a} days.
S: {k} has {a} days
C: does {k} have {a} days

# month number
D: what is the {k} month of the year / which month is the {k} / what is the {k} month / which month comes {k} in the year / what month is the {k} one of the year / which is the {k} month
I: what the {k} month of the year is / which month is the {k} / what the {k} month is called
N: the {k} month of the year / the {k} month / the name of the {k} month
A: The {k} month of the year is {a}. / The {k} month is {a}. / {A} is the {k} month.
S: the {k} month of the year is {a}
C: is {a} the {k} month of the year / is the {k} month {a}

# number word
D: how do you write {k} as a word / how do you spell the number {k} / what is {k} in words / what word is the number {k} / how do you write {k} in letters / what is the word for {k}
I: how to write {k} as a word / how you write {k} in words / what {k} is in words
N: the word for {k} / the number {k} as a word / {k} in words
A: You write {k} as {a}. / {K} is written {a}. / The word for {k} is {a}.
S: the word for {k} is {a}
C: is {k} written {a}

# number after
D: what number comes after {k} / which number comes after {k} / what comes after {k} / what comes next after {k} / what is one more than {k} / what number follows {k} / what is the next number after {k} / when I count, what comes after {k} / what number is after {k} / if you count on from {k}, what comes next
I: what number comes after {k} / what comes after {k} / which number follows {k} / what is one more than {k}
N: the number after {k} / the next number after {k} / the number that comes after {k} / one more than {k}
A: {A} comes after {k}. / After {k} comes {a}. / The number after {k} is {a}.
S: {a} comes after {k}
C: does {a} come after {k} / is {a} the number after {k} / is {a} one more than {k}

# number before
D: what number comes before {k} / which number comes before {k} / what comes before {k} / what is one less than {k} / what number is before {k} / when I count, what comes right before {k} / what is the number before {k}
I: what number comes before {k} / what comes before {k} / which number is before {k} / what is one less than {k}
N: the number before {k} / the number that comes before {k} / one less than {k} / the number right before {k}
A: {A} comes before {k}. / Before {k} comes {a}. / The number before {k} is {a}.
S: {a} comes before {k}
C: does {a} come before {k} / is {a} the number before {k} / is {a} one less than {k}

# letter after
D: what letter comes after {k} / which letter comes after {k} / what comes after {k} in the alphabet / what is the next letter after {k} / what letter follows {k} / in the alphabet, what comes after {k}
I: what letter comes after {k} / which letter follows {k} / what comes after {k} in the alphabet
N: the letter after {k} / the next letter after {k} / the letter that comes after {k}
A: {A} comes after {k}. / After {k} comes {a}. / The letter after {k} is {a}.
S: {a} comes after {k}
C: does {a} come after {k} / is {a} the letter after {k}

# letter before
D: what letter comes before {k} / which letter comes before {k} / what comes before {k} in the alphabet / what letter is before {k} / in the alphabet, what comes right before {k}
I: what letter comes before {k} / which letter is before {k} / what comes before {k} in the alphabet
N: the letter before {k} / the letter that comes before {k}
A: {A} comes before {k}. / Before {k} comes {a}. / The letter before {k} is {a}.
S: {a} comes before {k}
C: does {a} come before {k} / is {a} the letter before {k}

# use of things
D: what do we use {k} for / what is {k} for / what do you do with {k} / what is {k} good for / what can I do with {k} / what do people use {k} for / why do we need {k} / why do people have {k} / what do you need {k} for / what would I use {k} for / how do you use {k} / what does one do with {k} / for what do we need {k} / what is the use of {k} / what can you use {k} for / what is the purpose of {k} / what are you supposed to do with {k} / what is the point of {k} / why would I need {k}
I: what we use {k} for / what {k} is for / what you do with {k} / what {k} is good for / what people use {k} for / why we need {k} / what to do with {k}
N: the use of {k} / the purpose of {k}
A: We use {k} for {a}. / We use {k} for {a}. / {K} is for {a}. / People use {k} for {a}. / You can use {k} for {a}.
S: we use {k} for {a}
C: do we use {k} for {a} / is {k} for {a} / do people use {k} for {a}
R: what do we use for {a} / what do I need for {a} / what is used for {a} / what can I use for {a} / which thing is for {a}
RA: We use {k} for {a}. / You can use {k} for {a}. / {K} is for {a}.

# who does it
D: who {k} / which person {k} / what do you call somebody who {k} / what do we call a person who {k} / who is it that {k} / what is a person called who {k} / whose job is it, who {k} / what is the name of the job of a person who {k} / what is someone who {k} called
I: who {k} / what you call a person who {k} / what a person is called who {k} / what we call somebody who {k}
N: the word for a person who {k} / the name for somebody who {k} / the person who {k} / the job of somebody who {k}
A: {A} {k}. / {A} {k}. / A person who {k} is {a}. / That is {a}.
S: {a} {k}
R: what does {a} do / what is the job of {a} / what is {a} / what work does {a} do / who is {a}
RA: {A} {k}. / {A} is a person who {k}.

# family
D: who is {k} / what do you call {k} / what is {k} to you / who is {k} to you / what is {k} called / how do you call {k}
I: who {k} is / what you call {k} / what {k} is called
N: the word for {k} / the name for {k}
A: {K} is {a}. / {K} is {a}. / That is {a}.
S: {k} is {a}
C: is {k} {a}

# shape
D: what shape {k} / which shape {k} / what is the name of the shape that {k} / what do you call a shape that {k}
I: what shape {k} / which shape {k} / what you call a shape that {k}
N: the name of a shape that {k} / a shape that {k}
A: {A}. / That is {a}. / It is {a}.

# capital
D: what is the capital of {k} / what's the capital of {k} / which city is the capital of {k} / what city is the capital of {k} / what is {k}'s capital / what is the capital city of {k} / {k}'s capital is what city / which is the capital of {k} / where does the government of {k} sit / what is the name of the capital of {k} / what's {k}'s capital city / what do they call the capital of {k} / if I go to the capital of {k}, which city am I in / {k} has which capital / what is the main city of {k}
I: what the capital of {k} is / which city is the capital of {k} / what is the capital of {k} / what {k}'s capital is / what the capital city of {k} is called
N: the capital of {k} / the capital city of {k} / {k}'s capital / the name of the capital of {k} / {k} capital / capital of {k}
A: The capital of {k} is {a}. / The capital of {k} is {a}. / The capital of {k} is {a}. / {A} is the capital of {k}. / It is {a}.
S: the capital of {k} is {a}
C: is {a} the capital of {k} / is the capital of {k} {a} / is {k}'s capital {a}
R: which country has {a} as its capital / {a} is the capital of which country / of which country is {a} the capital / what country is {a} the capital of / in which country is {a} / where is {a} / in what country can I find {a} / what country is {a} in
RA: {A} is the capital of {k}. / {A} is in {k}. / {A} is the capital of {k}.

# kind
D: what is {k} / what kind of thing is {k} / what sort of thing is {k} / what kind of thing would you call {k} / what is {k}, a [plant|thing|person|place] or what / to which group does {k} belong / what group does {k} belong to / what type of thing is {k} / what do you call {k}, in general / how would you describe {k} in one word / what exactly is {k} / what is {k} supposed to be
I: what {k} is / what kind of thing {k} is / what sort of thing {k} is / what group {k} belongs to
N: the kind of thing that {k} is / the meaning of {k} / the group {k} belongs to
A: {K} is {a}. / {K} is {a}. / {K} is {a}. / It is {a}.
S: {k} is {a}
C: is {k} {a} / would you say {k} is {a} / is {k} a kind of {b} / does {k} belong to the {bs}
"""
