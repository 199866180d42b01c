"""Story plots. Format: `# name | cast | themes` and then lines:

plain line: a sentence with wordings separated by ` / `; `? ` first: the sentence is optional;
`--`: a new paragraph; `S:` one-sentence summary; `Q: question | answer`: questions whose answers
every version of the story states, with `+ question | answer` for possible follow-ups. Cast is `any`, `child` or `animal` (who can be the hero).
"""

PLOTS = """
# lost_and_found | any | a lost {thing}; losing a {thing} and finding it again; a {colour} {thing}
{Hero} had a {colour} {thing}. / {His} favourite thing was a {colour} {thing}. / Of all {his} things, {he} loved {his} {colour} {thing} the most.
? {He} took it everywhere. / {He} never went out without it. / {He} kept it close all day long.
--
One {sky_day} [morning|day], the {thing} was gone. / One {sky_day} [morning|day], {hero} could not find the {thing}. / But one {sky_day} [morning|day], {hero} looked around, and the {thing} was not there.
{He} looked in every corner, but it was not there. / {He} looked high and low, but {he} could not find it. / {He} searched the whole place, but there was no {thing}.
{Hero} began to cry. / {Hero} felt very sad. / A tear ran down {his} face.
{Friend_full} came by and asked, "What is wrong?" / "Why are you so sad?" asked {friend_full}. / Then {friend_full} came along. "What is the matter?" {fhe} asked.
"I have lost my {thing}," said {hero}. / "My {thing} is gone," {hero} said. / "I cannot find my {colour} {thing}," said {hero}.
"Do not cry," said {friend}. "I will help you." / "Let us look for it together," said {friend}. / "Two can look better than one," said {friend}. "Come with me!"
--
? They looked by the water and in the grass. / They walked slowly and looked all around. / They asked everyone they met, but nobody had seen it.
Then {friend} saw something {colour} {hiding}. / At last, {friend} saw a bit of {colour} {hiding}. / After a long time, {friend} found something {hiding}.
It was the {thing}! / "Here it is!" called {friend}. It was the {thing}. / "Look!" called {friend}. There lay the {thing}.
{Hero} [hugged {friend}|jumped for joy] and said, "Thank you!" / "Thank you, {friend}!" said {hero}. {He} was so happy. / "You found it!" cried {hero}. "Thank you so much."
From that day on, {hero} and {friend} were the best of friends. / That evening, they played together until the sun went down. / And {hero} knew that a good friend is worth more than any {thing}. / From then on, {hero} took good care of the {thing}.
S: {hero} lost a {colour} {thing}, and {friend} found it {hiding}.
Q: Who found the {thing}? | {Friend_plain} found the {thing}.
+ [What colour was it|And what colour was it]? | It was {colour}.
+ [And where was it|Where was it]? | It was {hiding}.
Q: What did {hero} lose? | {Hero} lost a {colour} {thing}.
+ [Who found it|And who found it|Did anyone find it]? | {Friend_plain} found it.
Q: [What colour was the {thing}|Which colour was the {thing}]? | The {thing} was {colour}.
Q: Where was the {thing}? | The {thing} was {hiding}.
Q: Who helped {hero}? | {Friend_plain} helped {hero}.

# sharing | any | sharing; a basket of {fruit}; learning to share
One {sky_day} day, {hero} found a tree full of {fruit}. / One {sky_day} morning, {hero} filled a basket with {fruit}. / It was a {sky_day} day, and {hero} had a big basket of {fruit}.
"These are all mine," said {hero}. / "I will eat them all," {hero} thought. / {He} wanted to keep them all. "Mine, all mine," said {hero}.
--
Then {friend_full} came by. / Soon {friend_full} came along the path. / Just then, {friend_full} walked by.
"I am so hungry," said {friend}. "May I have some?" / "Those {fruit} look good," said {friend}. "May I have one?" / "I have not eaten all day," said {friend}. "Could you share with me?"
"No," said {hero}. "They are mine." / {Hero} shook {his} head and said no. / But {hero} held the {fruit} close and said, "No."
{Friend} went away with a sad face. / So {friend} walked on, sad and hungry. / {Friend} said nothing and went away slowly.
--
{Hero} ate and ate, but the {fruit} did not taste good. / {Hero} ate some, but {he} did not feel happy. / {Hero} sat all alone with the {fruit}. It was not much fun.
{He} thought of the sad face of {friend}. / "I was not kind," {hero} thought. / {He} felt bad. "{Friend} is hungry, and I have so many," {he} thought.
So {he} ran after {friend}. / So {hero} took the {fruit} and ran to find {friend}. / {He} jumped up and ran down the path to find {friend}.
"I am sorry," said {hero}. "Let us share." / "Please come back," {hero} called. "There is enough for both of us." / "Wait!" called {hero}. "Half of them are for you."
{Friend} smiled. "Thank you," {fhe} said. / {Friend} was very happy. / A big smile came over the face of {friend}.
They sat in the grass and ate together, and now the {fruit} tasted sweet. / They ate the {fruit} side by side and laughed a lot. / Together they ate until they were full.
? "Sharing makes everything taste better," said {hero}. / {Hero} learned that sharing is a joy. / From then on, {hero} always shared.
S: {hero} did not want to share {his} {fruit} at first, but then {he} shared them with {friend}.
Q: What did {hero} share? | {Hero} shared {his} {fruit}.
Q: Who was hungry? | {Friend_plain} was hungry.
+ [And what did {hero} do|What did {hero} do then]? | At first {hero} said no, but then {he} shared the {fruit}.
Q: What did {hero} have? | {Hero} had a lot of {fruit}.
Q: Who came by? | {Friend_plain} came by.

# being_brave | any | being brave; being afraid of {storm}; courage
There was one thing {hero} did not like: {storm}. / {Hero} was afraid of only one thing: {storm}. / {Hero} was not afraid of much, but {he} was afraid of {storm}.
? When {he} thought of it, {his} knees began to shake. / Just to think of it made {him} feel cold. / {He} never told anyone about it.
--
One {sky_day} evening, {hero} heard a small voice. "Help! Please help me!" / One evening, someone called for help. / One {sky_day} day, {hero} heard a cry from far away.
It was {friend_full}. / {He} knew that voice. It was {friend_full}. / It was the voice of {friend_full}.
{Friend} had hurt {fhis} foot and could not walk. / {Friend} had fallen and could not get up. / {Friend} was stuck and could not get out.
To help, {hero} had to face {storm}. / The only way to {friend} led past {storm}. / But between them was the thing {hero} feared most: {storm}.
{His} heart beat fast. / {Hero} was shaking. / {Hero} wanted to run away.
--
"I am afraid," {hero} thought, "but {friend} needs me." / "If I do not go, who will?" said {hero}. / {Hero} took a deep breath. "I can do this," {he} said.
Step by step, {he} went on. / So {he} took one small step, and then another. / {He} closed {his} eyes for a moment, and then {he} went.
And {storm} did not hurt {him} at all. / Soon {he} saw that {storm} was not so bad. / After a while, {he} was not so afraid any more.
{Hero} helped {friend} and brought {fhim} home. / {He} held {friend} close and took {fhim} home. / {He} reached {friend} and helped {fhim} all the way home.
"You are so brave," said {friend}. / "Thank you, {hero}," said {friend}. "You were very brave." / "You are the bravest {kind} I know," said {friend}.
{Hero} smiled. "I was afraid," {he} said, "but I did it anyway." / That night, {hero} went to bed proud and happy. / From that day on, {hero} knew how brave {he} could be.
S: {hero} was afraid of {storm}, but {he} was brave and helped {friend}.
Q: What was {hero} afraid of? | {Hero} was afraid of {storm}.
Q: Who needed help? | {Friend_plain} needed help.
Q: Who was brave? | {Hero} was brave.
+ [Why|Why was that|What did {he} do]? | {He} helped {friend}, although {he} was afraid of {storm}.
Q: Who did {hero} help? | {Hero} helped {friend_plain}.

# new_friend | any | a new friend; friendship; finding a friend
{Hero} had many toys, but no one to play with. / {Hero} often played alone. / {Hero} wished for a friend.
? "It would be nice to have someone to laugh with," {he} thought. / {He} talked to the birds and the trees. / Every day {he} sat by the path and waited.
--
One {sky_day} day, someone new came along. / On a {sky_day} {day}, {hero} saw someone new. / One {sky_day} morning, there was a new face.
It was a {friend_kind} called {friend}. / "I am {friend}," said the new {friend_kind} in a soft voice. / The {friend_kind} had a {colour} {thing} and was called {friend}.
? {Friend} looked at the ground and did not say much. / {Friend} hid behind a tree. / At first, {friend} was very shy.
{Hero} did not know what to say. / {Hero} was shy, too. / {Hero} wanted to say hello, but the words would not come.
Then {he} had an idea. / {Hero} thought for a while, and then {he} smiled. / "I know what to do," {hero} thought.
--
{He} took some {treat} and brought it to {friend}. / {He} gave {friend} some {treat}. / "Would you like some {treat}?" {he} asked.
"Oh, thank you," said {friend}. "I love {treat}!" / {Friend} began to smile. "That is my favourite," {fhe} said. / {Friend} took a bite and laughed. "This is so good!"
Soon they were running and playing together. / They talked and played all day. / They played hide and seek until it was dark.
"Will you come back tomorrow?" asked {hero}. / "Shall we play again tomorrow?" asked {friend}. / "Can we be friends?" asked {hero}.
"Yes!" said the other with a big smile. / "Of course!" was the happy answer. / "Yes, every day!" was the answer.
{Hero} was never lonely again. / And so the two became friends. / From that day on, {hero} and {friend} met every day.
S: {hero} was lonely and found a new friend, a {friend_kind} called {friend}.
Q: Who was the new friend? | It was {friend}, a {friend_kind}.
+ [And what did they eat|What did they eat]? | They had some {treat}.
Q: What did {hero} give to {friend}? | {Hero} gave {friend} some {treat}.
Q: What was the name of the {friend_kind}? | The {friend_kind} was called {friend}.
Q: What did they eat? | They had some {treat}.

# helping_the_old | any | helping someone old; kindness; helping an old neighbour
Near {him} lived {elder_a}. / Not far away lived {elder_a}. / {Elder_a} lived next door.
{Elder_the} was very old and walked slowly. / The legs of {elder_the} were tired and weak. / {Ehe} was so old that every step was hard.
? Most of the others walked past without a word. / Few came to visit. / {Ehe} sat by the door most days.
--
One {sky_day} day, {hero} saw that {elder_the} was carrying a heavy bag of {fruit}. / One {sky_day} morning, {elder_the} dropped a bag of {fruit}, and they rolled all over the path. / On a {sky_day} {day}, {hero} met {elder_the} with a very big bag of {fruit}.
"Oh dear," said {elder_the}. "This is too much for me." / "I am too old for this," said {elder_the} with a sigh. / {Ehe} sat down on a stone and sighed.
{Hero} wanted to go and play, but {he} stopped. / {Hero} was on {his} way to play, but {he} turned around. / {Hero} thought of {his} friends, who were waiting. But {he} stayed.
"Let me help you," {he} said. / "I can carry that for you," said {hero}. / "Wait, I will help you!" called {hero}.
--
{He} took the {fruit} and carried them all the way home. / Together they brought all the {fruit} home. / {Hero} carried the bag, and they walked home side by side.
"How kind you are," said {elder_the}. "I have something for you." / "Thank you, {hero}," said {elder_the}. "This is for you." / "You have a good heart," said {elder_the}, and opened a drawer.
It was {gift}. / {Ehe} gave {hero} {gift}. / Out came {gift}, a present for {hero}.
? "I have kept this for a long time," said {elder_the}. / {Hero} could hardly believe it. / {Hero} held the present with both hands.
{Hero} came to visit every week after that. / From then on, {hero} came to help every day. / After that, {hero} often came by, and {elder_the} told {him} old stories.
And both of them were happy. / And neither of them was lonely any more. / Being kind had made two hearts glad.
S: {hero} helped {elder_the} to carry some {fruit} and got {gift}.
Q: Who did {hero} help? | {Hero} helped {elder_the}.
+ [And what did {he} get|What did {he} get for it|Was there a present]? | {He} got {gift}.
Q: What did {hero} get? | {Hero} got {gift}.
Q: What did {hero} carry? | {Hero} carried {fruit}.
Q: Who was old? | {Elder_the} was old.

# rainy_day | any | a rainy day; the rain; playing inside
It was {day}, and {hero} wanted to play outside. / On {day}, {hero} got up early to play outside. / {Hero} had waited for {day}, because {he} wanted to play outside.
But it rained and rained. / But the rain fell and fell. / But big drops of rain fell from the grey sky.
"What a bad day," said {hero}, and looked out at the wet grass. / "Now I cannot play," said {hero}. / {Hero} pressed {his} nose to the window and sighed.
--
Then there was a knock at the door. / Just then, someone knocked. / Knock, knock! Someone was at the door.
It was {friend_full}, wet from head to foot. / There stood {friend_full} with a big {colour} umbrella. / In came {friend_full}, dripping with water.
"I have an idea," said {friend}. / "The rain is no problem," said {friend}. / "Let us make our own sunshine," said {friend}.
They built a tent from a {colour2} blanket. / They took a {colour2} blanket and two chairs and made a tent. / With a {colour2} blanket they made a cosy tent.
? Inside it was warm and dry. / They put soft pillows in it. / It looked like a little house.
They ate {treat} and told each other stories. / In the tent they had some {treat} and laughed at old jokes. / They shared some {treat} and listened to the rain.
--
After a while, it became quiet outside. / Then the sound of the rain stopped. / They did not even notice when the rain stopped.
{Hero} looked out. There was a big rainbow in the sky! / "Look!" said {hero}. A rainbow stood over the trees. / The sun came out, and there was a bright rainbow.
They ran out and jumped in every puddle. / They put on their boots and splashed in the puddles. / Splash! They jumped from puddle to puddle.
"This was the best day," said {hero}. / "I like rainy days now," said {hero}. / {Hero} laughed. "Rain can be fun!"
S: {hero} could not play outside because of the rain, so {he} and {friend} made a tent.
Q: What did they build? | They built a tent from a {colour2} blanket.
+ [What colour was it|What colour was the blanket]? | It was {colour2}.
+ [And who was there|Who was with {hero}]? | It was {friend_plain}.
Q: Who came to the door? | {Friend_plain} came to the door.
Q: What did they eat? | They ate {treat}.
Q: What was in the sky? | There was a rainbow in the sky.
Q: What colour was the blanket? | The blanket was {colour2}.

# broken_toy | any | a broken toy; a {toy}; mending a {toy}
{Hero} loved {his} {colour} {toy}. / The best thing {hero} had was a {colour} {toy}. / {Hero} had a {colour} {toy}, and {he} played with it every day.
One {sky_day} day, it fell down and broke. / But one {sky_day} day, it fell from the table. Crack! It broke. / One {sky_day} {day}, {he} dropped it, and it broke in two.
"Oh no!" cried {hero}. / {Hero} could not believe it. / {Hero} sat on the floor and cried.
? {He} tried to put it together, but it fell apart again. / {He} tried to fix it, but it was too hard. / {He} did not know what to do.
--
{Hero} took it to {elder_the}. / "I know who can help," {he} thought, and went to {elder_the}. / {His} mother said, "Go to {elder_the}. {Ehe} can mend things." So {hero} went.
"Can you mend it?" asked {hero}. / "Please, can you help?" asked {hero}. / "It is broken," said {hero}. "Can you make it whole again?"
{Elder_the} looked at the {toy} for a long time. / {Elder_the} put on a pair of round glasses. / {Elder_the} took the {toy} and turned it around.
"We will do it together," {ehe} said. / "Yes, but you must help me," {ehe} said. / "Sit down here. I will show you how," {ehe} said.
--
They worked slowly with glue and string. / They used a little glue and a lot of time. / They glued and tied and waited.
? {Hero} learned how to hold the parts just right. / {Hero} held the pieces very still. / "Good work," said {elder_the}.
In the evening, the {toy} was whole again. / At last, the {toy} was as good as new. / When the sun went down, the {toy} was mended.
It had a small line where it had been broken, but {hero} loved it even more. / You could see a small mark, but that did not matter. / "Now it has a story," said {hero}.
"Thank you," said {hero}, and gave {elder_the} a hug. / {Hero} gave {elder_the} a big hug. / {Hero} thanked {elder_the} and danced all the way home.
S: the {toy} of {hero} broke, and {elder_the} helped to mend it.
Q: What broke? | The {colour} {toy} broke.
+ [Who mended it|And who mended it|Who fixed it]? | {Elder_the} and {hero} mended it together.
Q: Who helped {hero} mend the {toy}? | {Elder_the} helped {hero}.
Q: What colour was the {toy}? | The {toy} was {colour}.
Q: What toy did {hero} have? | {Hero} had a {colour} {toy}.

# race | any | a race; running a race; winning and losing
{Hero} was very fast and loved to run. / {Hero} could run very fast. / Nobody ran as fast as {hero}.
One {sky_day} day, there was a big race to {race_end}. / On {day}, everyone came for a race to {race_end}. / One {sky_day} morning, there was a race. The goal was {race_end}.
{Friend_full} wanted to run, too. / {Friend_full} was also in the race. / "I will run, too," said {friend_full}.
"I will win," said {hero}. / "I am going to be first," {hero} said. / {Hero} laughed. "You will never catch me!"
--
"One, two, three, go!" / "Ready, steady, go!" / A bell rang, and off they went.
{Hero} was soon in front. / {Hero} ran like the wind, far ahead of the others. / Right away, {hero} was the first.
Then {he} heard a cry behind {him}. / But then there was a cry. / All at once, someone cried out.
{Friend} had fallen and lay on the ground. / {Friend} had slipped on a stone. / It was {friend}. {Fhe} had hurt {fhis} leg.
{Hero} looked at {race_end}. It was so near! / {Hero} could see the end of the race. / {Hero} was almost there.
--
But {he} turned around and ran back. / But {hero} stopped, and then {he} went back. / Still, {hero} did not run on. {He} went back to {friend}.
"Come, lean on me," said {hero}. / "Give me your hand," {hero} said. "We go together." / "I will help you," said {hero}.
Slowly, they walked to {race_end} together. / Side by side, they went to {race_end}. / Step by step, the two of them reached {race_end}.
They were the last, but everyone cheered for them. / They came in last, but all the others clapped. / They did not win, but everyone called, "Hurray!"
"You are the real winner," said {friend}. / "You gave up the race for me," said {friend}. "Thank you." / "A friend like you is better than a prize," said {friend}.
? And {hero} had never been so proud. / {Hero} felt warm inside. / {Hero} smiled all the way home.
S: {hero} could have won the race, but {he} stopped to help {friend}.
Q: Who fell down? | {Friend_plain} fell down.
+ [And who helped|Who helped|And then]? | {Hero} stopped and helped {fhim}.
Q: Where was the end of the race? | The race went to {race_end}.
Q: Did {hero} win the race? | No, {hero} did not win. {He} stopped to help {friend}.
Q: Who helped {friend}? | {Hero} helped {friend}.

# garden_grows | any | a garden; a seed; a {flower}
In {season}, {hero} found a small seed. / One day in {season}, {elder_the} gave {hero} a small seed. / It was {season}, and {hero} had a tiny seed.
"What will it be?" {he} asked. / {He} wondered what was inside. / "It is so small," {he} thought.
{He} put it into the ground and gave it water. / {He} dug a little hole, put the seed in and gave it water. / {He} planted it in a sunny place and watered it.
--
{Hero} waited one day, two days, three days. Nothing happened. / Every day {hero} looked, but there was only brown earth. / The days went by, and nothing came up.
"It does not want to grow," said {hero}. / {Hero} was sad. "Maybe the seed is asleep," {he} thought. / {Hero} wanted to dig it up again.
"Be patient," said {elder_the}. "Good things take time." / {Elder_the} said, "Wait a little. Water it and sing to it." / "Do not give up," said {elder_the}. "Plants need time."
So {hero} watered it every morning and sang a little song. / So {hero} waited, and gave it water every day. / {Hero} listened, and took good care of it each day.
--
Then, one {sky_day} morning, there was a tiny green leaf. / And one {sky_day} day, something green looked out of the earth. / On a {sky_day} {day}, {hero} saw a small green tip.
"It is growing!" {he} called. / {Hero} danced around it. / "Hello, little plant," said {hero}.
It grew and grew. It was a {flower}! / Week by week it grew, until it was a fine {flower}. / It grew taller and taller. Now everyone could see it: it was a {flower}.
? Bees and butterflies came to visit. / Birds came and sang beside it. / All the neighbours came to look.
"You were right," {hero} said to {elder_the}. / {Hero} was so proud, and {elder_the} smiled. / "See?" said {elder_the}. "You waited, and now it is here."
And {he} saved some seeds for the next year. / The next year, {hero} planted a whole garden. / From then on, {hero} was never in a hurry with seeds.
S: {hero} planted a seed and waited, and it grew into a {flower}.
Q: What did {hero} plant? | {Hero} planted a seed. It grew into a {flower}.
+ [When was that|And when was that]? | It was in {season}.
Q: What did the seed become? | The seed became a {flower}.
Q: Who told {hero} to wait? | {Elder_the} told {hero} to wait.
Q: When did {hero} plant the seed? | {Hero} planted the seed in {season}.

# getting_lost | any | getting lost; coming home; the way home
One {sky_day} afternoon, {hero} saw {sight}. / One {sky_day} day, {hero} was out for a walk when {he} saw {sight}. / On a {sky_day} {day}, {hero} played outside. Then {he} saw {sight}.
"How pretty!" {he} said, and followed it. / {He} wanted to know where it led, so {he} went after it. / {He} followed it, on and on.
{He} did not look where {he} was going. / {He} did not see how far {he} went. / {He} walked and walked, and forgot the time.
--
When {he} looked up, everything looked strange. / All at once, {hero} did not know where {he} was. / Then {he} stopped. Where was the path?
It was getting dark. / The sun was going down. / The light was almost gone.
"I am lost," said {hero} in a small voice. / "How do I get home?" {hero} whispered. / {Hero} sat down on a log and was afraid.
Then {he} heard a voice. It was {elder_a}. / "Who is there?" asked a voice. It was {elder_a}. / Out of the shadows came {elder_a}.
"I want to go home," said {hero}. / "Please, I cannot find my way," {hero} said. / "I am lost, and I miss my mother," said {hero}.
--
"Follow the {colour} {path}," said {elder_the}. "They will lead you home." / "Do you see the {colour} {path}?" asked {elder_the}. "Follow them." / {Elder_the} said, "The {colour} {path} show the way. Come, I will walk with you."
{Hero} followed the {colour} {path}, one after another. / So {hero} went from one to the next, and did not stop. / So {hero} walked on and on, and the {path} showed the way.
At last, {he} saw a light in the dark. / Soon {he} saw the light of {his} home. / Then {he} heard {his} mother call {his} name.
{His} mother ran out and held {him} tight. / "There you are!" cried {his} mother, and hugged {him}. / {His} mother took {him} in her arms. "I was so worried," she said.
{Hero} had warm soup and went to bed. / That night, {hero} slept deep and well. / "I will never go so far alone again," said {hero}.
? And in {his} dream {he} thanked {elder_the} once more. / The next day, {he} brought a cake to {elder_the}. / Home had never felt so good.
S: {hero} got lost, and {elder_the} showed {him} the way home.
Q: What did {hero} see on the walk? | {Hero} saw {sight}.
Q: Who showed {hero} the way? | {Elder_the} showed {hero} the way.
+ [How|And how]? | {Hero} followed the {colour} {path}.
Q: What did {hero} follow home? | {Hero} followed the {colour} {path}.
Q: Who was waiting at home? | {His} mother was waiting at home.

# birthday_surprise | any | a birthday; a birthday surprise; a party
It was the birthday of {hero}. / {Hero} woke up early, because it was {his} birthday. / At last the big day was here: the birthday of {hero}.
But nobody said, "Happy birthday." / But no one seemed to know. / {He} waited for someone to say something, but nobody did.
? {Friend_full} only said hello and ran away. / Everyone was busy. / {His} friends walked by and smiled.
"Everyone has forgotten me," {hero} thought. / "They do not remember," said {hero}, and felt sad. / {Hero} was very sad. "Nobody thinks of me," {he} said.
--
In the afternoon, {friend_full} came. / Then {friend_full} knocked at the door. / Late in the day, {friend_full} came running.
"Come quickly," said {friend}. "I need your help!" / "Please come with me," said {friend}. "Close your eyes." / "There is something you must see," said {friend}.
{Hero} did not want to go, but {he} went. / {Hero} dried {his} tears and followed. / So {hero} went with {friend}, step by step.
--
"Surprise!" called everyone. / "Happy birthday!" many voices called. / All at once, all {his} friends jumped up. "Surprise!"
There were {colour} balloons everywhere and a big plate of {treat}. / They had hung up {colour} balloons and made {treat}. / There were {colour} balloons in the trees, and {treat} stood on the table.
"You did not forget!" said {hero}. / "So you did remember!" cried {hero}. / {Hero} laughed and cried at the same time.
{Friend} gave {him} {gift}. / "This is for you," said {friend}. It was {gift}. / From {friend}, {hero} got {gift}.
They sang and danced until the stars came out. / They ate, sang and played all evening. / It was a party with songs, games and much laughter.
"This is my best birthday ever," said {hero}. / {Hero} was the happiest {kind} in the world. / And {hero} never forgot that day.
S: {hero} thought that everyone had forgotten {his} birthday, but there was a surprise party.
Q: What did {friend} give to {hero}? | {Friend} gave {hero} {gift}.
+ [And what did they eat|What did they eat]? | They ate {treat}.
Q: What colour were the balloons? | The balloons were {colour}.
Q: What did they eat at the party? | They ate {treat}.
Q: Whose birthday was it? | It was the birthday of {hero}.

# learning | any | learning to {skill}; learning something new; never giving up
{Hero} wanted to learn to {skill}. / More than anything, {hero} wanted to {skill}. / All the others could {skill}, but {hero} could not.
? "It looks so easy," {he} thought. / {He} watched the others every day. / {He} dreamed of it at night.
One {sky_day} day, {he} tried it {skill_where}. / On a {sky_day} {day}, {he} went to try it {skill_where}. / So one {sky_day} morning, {he} began {skill_where}.
It did not go well. / But it was very hard. / But {he} could not do it at all.
"I will never learn it," said {hero}. / "It is too hard for me," said {hero}. / {Hero} was angry. "I give up!" {he} said.
--
{Friend_full} had seen it all. / {Friend_full} came and sat next to {him}. / Then {friend_full} came along.
"I could not do it at first, either," said {friend}. / "Nobody can do it on the first day," said {friend}. / "It was hard for me, too," said {friend} with a smile.
"Shall I show you?" {fhe} asked. / "Try it with me," {fhe} said. / "Let us practise together," said {friend}.
So they practised every day. / Every day, they tried a little more. / They tried again and again, day after day.
? Sometimes it went badly, and then they laughed. / Some days were good and some were bad. / Slowly, it got better.
--
Then, one day, it worked. / And one fine day, {hero} could do it! / After many days, something changed. It was not hard any more.
"Look at me!" {he} called. "I can {skill}!" / "I can do it!" cried {hero}. / "I can {skill}! I can {skill}!" {hero} sang.
{Friend} clapped and jumped for joy. / "I knew it," said {friend}. / "You did not give up," said {friend}. "Well done!"
And from that day on, {skill_doing} was what {hero} loved most. / The next week, {hero} helped someone else who wanted to learn it. / That night, {hero} went to bed tired and very proud.
S: {hero} learned to {skill} with the help of {friend}.
Q: What did {hero} want to learn? | {Hero} wanted to learn to {skill}.
+ [Did it work|And did {he} learn it|Did {he} learn it]? | Yes, {he} learned it with the help of {friend}.
+ [Where|And where]? | {He} tried it {skill_where}.
Q: Who helped {hero}? | {Friend_plain} helped {hero}.
Q: Where did {hero} practise? | {Hero} tried it {skill_where}.

# dream | any | a dream; a magic dream; {dream_place}
One night, {hero} could not sleep. / One {sky_day} night, {hero} lay awake in bed. / It was late, and {hero} looked at the moon from {his} bed.
Then {he} heard a soft voice at the window. / All at once, there was a light in the room. / Then something came to the window.
It was {dream_ride}! / There was {dream_ride}, and it could talk. / {Hero} rubbed {his} eyes. It was {dream_ride}.
"Come with me," it said. "I will show you {dream_place}." / "Would you like to see {dream_place}?" it asked. / "Sit on my back," it said. "We are going to {dream_place}."
--
{Hero} climbed on, and they flew through the night. / So {hero} held on tight, and away they went. / Up they went, over roofs and trees.
? The stars were so near that {he} could touch them. / The wind was warm and soft. / Far below, the houses were as small as toys.
Soon they came to {dream_place}. / And then they were there: {dream_place}! / After a while, they reached {dream_place}.
Everything was {colour} and shining. / Everything there was {colour}, even the ground. / A {colour} light lay over everything.
{Hero} danced and laughed and sang. / {Hero} saw wonderful things and laughed with joy. / {Hero} played there for a long, long time.
--
But then {he} thought of {his} mother and {his} bed. / But after a while, {he} missed {his} own bed. / "It is lovely here," said {hero}, "but I want to go home."
"Then close your eyes," it said. / "Of course," said the voice. "Hold on tight." / "Home is the best place of all," it said.
{Hero} opened {his} eyes. It was morning. / When {hero} opened {his} eyes, the sun was shining, and {he} was in bed. / In the morning, {he} woke up in {his} own bed.
Was it all a dream? / "It was only a dream," {he} thought. / "What a dream!" {he} said.
But on the pillow lay a small {colour} feather. / But there was a tiny {colour} stone in {his} hand. / But something {colour} was shining on the floor, and {hero} smiled.
S: {hero} dreamed of a trip to {dream_place} with {dream_ride}.
Q: Where did {hero} go? | {Hero} went to {dream_place}.
+ [How did {he} get there|How]? | {He} went there with {dream_ride}.
Q: What came to the window? | It was {dream_ride}.
Q: What colour was everything there? | Everything there was {colour}.
Q: Was it a dream? | Maybe it was a dream. {Hero} woke up in bed.

# telling_the_truth | any | telling the truth; being honest; a broken {broken}
One {sky_day} day, {hero} was playing with a ball in the house. / On {day}, {hero} played with a ball inside, although {he} was not allowed to. / It was a {sky_day} day, and {hero} threw a ball in the house.
Crash! The {colour} {broken} fell down and broke. / The ball hit the {colour} {broken}, and it broke. / Bang! There lay the {colour} {broken}, in many pieces.
{Hero} was afraid. / {Hero} stood very still. / "Oh no," whispered {hero}.
? {He} hid the pieces under the bed. / {He} put the pieces behind the door. / {He} wanted to run away.
--
{His} mother came home. "What happened to the {broken}?" she asked. / Soon {his} mother asked, "Where is the {broken}?" / "Who broke the {broken}?" asked {his} mother.
"It was the wind," said {hero}. / "I do not know," said {hero}. / {Hero} looked at the floor. "Maybe it was {friend}," {he} said.
{His} mother looked at {him}, but she said nothing. / {His} mother was quiet. / "I see," said {his} mother, and that was all.
{Hero} could not eat and could not play. / That night, {hero} could not sleep. / {Hero} had a stone in {his} stomach.
--
At last, {he} went to {his} mother. / In the end, {he} could not bear it. {He} went to {his} mother. / Then {he} got up and went to {his} mother.
"I broke the {broken}," {he} said. "I am sorry." / "It was me," said {hero}. "I broke it. I am so sorry." / "I did not tell the truth," {he} said. "I broke the {broken}."
{His} mother took {him} in her arms. / {His} mother was not angry. / {His} mother smiled a little.
"A {broken} can be broken," she said. "But it was brave to tell the truth." / "Thank you for telling me the truth," she said. "That matters more than a {broken}." / "I am glad that you told me," she said. "The truth is worth more than a {broken}."
Together they glued the {broken}. / The next day, they bought a new one together. / Then they picked up the pieces together.
And {hero} felt light as a feather. / And {hero} was happy again. / That night, {hero} slept very well.
S: {hero} broke the {broken} and did not tell the truth at first, but then {he} did.
Q: What did {hero} break? | {Hero} broke the {colour} {broken}.
+ [What colour was it|And what colour was it]? | It was {colour}.
+ [Was the mother angry|And was {his} mother angry]? | No, {his} mother was not angry.
Q: Who told the truth in the end? | {Hero} told the truth to {his} mother.
Q: What colour was the {broken}? | The {broken} was {colour}.
Q: Was the mother angry? | No, {his} mother was not angry. She was glad to hear the truth.

# snow_day | any | a snow day; the snow; winter; {snow_thing}
One winter morning, {hero} looked out and saw that everything was white. / {Hero} woke up one winter day. It was so quiet! The whole world was white. / It was winter, and in the night it had snowed.
"Snow!" {he} called. / "It snowed!" cried {hero}, and jumped up. / {Hero} was so happy that {he} danced.
{He} put on {his} {colour} scarf and ran out. / With {his} {colour} scarf around {his} neck, {he} ran outside. / {He} took {his} {colour} scarf and went out into the snow.
{Friend_full} was there already. / There {he} met {friend_full}. / Outside, {friend_full} was waiting.
"Let us make {snow_thing}," said {friend}. / "Shall we make {snow_thing}?" asked {friend}. / "I want to make {snow_thing}," said {friend}. "Will you help me?"
--
They rolled and pushed the snow until it was big. / They worked hard until their noses were red. / They pushed and patted the cold snow.
? They laughed when it fell on their heads. / The snow fell softly all around. / Now and then, they threw a snowball.
But when it was done, {friend} was shaking with cold. / But then {friend} began to shiver. / All at once, {friend} said, "I am so cold."
{Friend} had no scarf. / "I have no scarf," said {friend}. / {Hero} saw that {friend} had no scarf.
--
{Hero} took off the {colour} scarf and gave it to {friend}. / So {hero} put the {colour} scarf around {friend}. / "Take mine," said {hero}, and gave {friend} the {colour} scarf.
"But now you will be cold," said {friend}. / "And what about you?" asked {friend}. / "You are so kind," said {friend}.
"Then we will go in and get warm," said {hero}. / "We can go to my house," said {hero}. "It is warm there." / {Hero} laughed. "Come home with me!"
They sat by the fire and had {treat}. / At home they ate {treat} by the warm fire. / Soon they were warm, with {treat} in front of them.
Through the window, they could see what they had made, white in the moonlight. / Outside stood {snow_thing} and looked in at them. / It was the best winter day of all.
S: {hero} and {friend} made {snow_thing}, and {hero} gave {friend} {his} scarf.
Q: What did they make? | They made {snow_thing}.
+ [And what did they eat|What did they eat after that]? | They ate {treat}.
Q: What colour was the scarf? | The scarf was {colour}.
Q: Who was cold? | {Friend_plain} was cold.
Q: What did they eat? | They ate {treat}.
Q: Who got the scarf? | {Friend} got the scarf.

# treasure_map | any | a treasure; a treasure map; an adventure
One {sky_day} day, {hero} found an old map in a bottle. / One {sky_day} {day}, {hero} found an old map in a box. / {Hero} found an old map one {sky_day} morning.
There was a {colour} cross on it. / A {colour} cross showed a place near {map_place}. / In the middle was a {colour} cross.
"A treasure!" {he} said. / "It must be a treasure map!" cried {hero}. / "Maybe there is a treasure," {he} thought.
{He} ran to {friend_full}. / {He} showed it to {friend_full}. / Right away, {he} told {friend_full} about it.
"Let us look for it," said {friend}. / "Let us go at once!" said {friend}. / "I will come with you," said {friend}.
--
They walked to {map_place}. / The map led them to {map_place}. / They went over hills and fields, and came to {map_place}.
? On the way, they had to cross a small river. / It was a long way, and their feet hurt. / A little bird flew ahead of them.
They dug and dug, but there was nothing. / They dug one hole and then another, but found nothing. / There they dug all afternoon. Nothing!
"There is no treasure," said {hero}. / {Hero} let {his} head hang. "It was just a game," {he} said. / "We came for nothing," said {hero}.
But {friend} looked at the map again. / But {friend} did not give up. / "Wait," said {friend}.
"We held it upside down!" {fhe} said. / "Look, it is upside down!" said {friend}, and laughed. / {Fhe} turned the map around. "This is the right way!" {fhe} said.
--
They dug on the other side of {map_place}. / They went to the other side and dug again. / So they tried it on the other side.
Soon they hit something hard. / Clonk! There was something in the ground. / And there it was.
It was {treasure}. / They had found {treasure}! / They opened it with shaking hands. It was {treasure}.
"Half for you, and half for me," said {hero}. / "It belongs to both of us," said {hero}. / "We found it together, so we will share it," said {hero}.
But the best treasure was the day they had together. / And they told the story for years. / They sang all the way home.
S: {hero} found a map, and with {friend} {he} found {treasure} near {map_place}.
Q: What did they find? | They found {treasure}.
+ [Where was it|And where was it|Where]? | It was near {map_place}.
+ [Who was with {hero}|And who helped]? | {Friend_plain} was with {hero}.
Q: Where was the treasure? | The treasure was near {map_place}.
Q: What did {hero} find first? | {Hero} found an old map.
Q: Who went with {hero}? | {Friend_plain} went with {hero}.
Q: What colour was the cross? | The cross was {colour}.

# cooking_together | any | cooking together; making {treat}; baking
{Hero} wanted to make {treat} for {elder_the}. / It was {day}, and {hero} wanted to surprise {elder_the} with {treat}. / {Elder_the} was ill, so {hero} wanted to make {treat}.
"I can do it alone," {he} said. / "I know how to do it," {he} said. "I do not need any help." / {He} did not ask anyone for help.
{He} took a big {colour} bowl. / {He} put a big {colour} bowl on the table. / With a {colour} bowl and a spoon, {he} began.
{He} mixed this and that, and a little too much of everything. / Soon everything was on the floor, on the wall and on {his} nose. / But {he} put in salt instead of sugar.
--
{He} tried a little. It was awful! / When {he} tried it, {he} made a face. "Ugh!" / It smelled bad and tasted even worse.
"Oh no," said {hero}. "Now it is all wrong." / {Hero} was close to tears. / {Hero} sat down on the floor. "I cannot do it," {he} said.
Then {friend_full} looked in. / Just then, {friend_full} came in at the door. / {Friend_full} heard {him} and came in.
"What a mess!" said {friend}, and laughed. / "Are you cooking or fighting?" asked {friend}. / "Something smells funny," said {friend}.
{Hero} had to laugh, too. "Will you help me?" / "Please help me," said {hero}. / "Can we do it together?" asked {hero}.
--
They cleaned up and began again. / First they washed the {colour} bowl, and then they started again. / So they tried it once more, slowly this time.
{Friend} read the recipe, and {hero} mixed. / One read the recipe and the other stirred. / They did one thing after another.
? Soon the whole house smelled good. / They sang while they worked. / Now and then, they licked the spoon.
The {treat} came out just right. / This time, it was perfect. / At last it was done, and it looked wonderful.
They brought it to {elder_the}. / {Elder_the} was so happy. / "For me?" asked {elder_the}. "How kind!"
"The best I have ever had," said {elder_the}. / "This is delicious," said {elder_the}. / They all sat down and ate together.
? "Together it is easy," said {hero}. / {Hero} learned that it is good to ask for help. / And {hero} was glad that {he} had asked for help.
S: {hero} wanted to make {treat} alone, but it went well only with the help of {friend}.
Q: What did {hero} make? | {Hero} made {treat}.
+ [Who was it for|And who was it for|For whom]? | It was for {elder_the}.
+ [Who helped|And who helped]? | {Friend_plain} helped.
Q: Who was it for? | It was for {elder_the}.
Q: Who helped in the kitchen? | {Friend_plain} helped.
Q: What colour was the bowl? | The bowl was {colour}.

# noisy_night | any | a noisy night; a noise in the night; the night
One {sky_day} night, {hero} was in bed. / It was night, and {hero} was almost asleep. / The moon was up, and {hero} lay in {his} {colour} bed.
Then {he} heard something. It was {noise}. / All at once, there was {noise}. / But then {he} heard {noise}.
"What is that?" {he} whispered. / {Hero} pulled the blanket over {his} head. / {His} heart beat fast.
"Maybe it is a monster," {he} thought. / "A ghost!" {hero} thought. / {He} thought of big teeth and long claws.
--
{He} ran to {friend_full}. / {Friend_full} slept in the next room, so {he} woke {fhim} up. / {He} called {friend_full}, who was staying for the night.
"There is something outside," said {hero}. / "Did you hear that?" asked {hero}. / "Wake up!" whispered {hero}. "There is a noise."
There it was again: {noise}! / They listened. There was {noise} again. / They both sat still. And there it was again.
"Let us look together," said {friend}. / "Come, take my hand," said {friend}. "We will look." / "If we go together, it is not so bad," said {friend}.
--
They took a lamp and went on tiptoe. / Slowly, they went to see, with a little lamp. / Step by step, they went through the dark with a lamp.
They held up the light and looked. / {Hero} was brave and held up the lamp. / "One, two, three!" said {hero}, and held up the light.
It was no monster. It was only {noise_by}. / There was no ghost. It was just {noise_by}. / And what did they see? It was {noise_by}!
They looked at each other and laughed. / {Hero} laughed until {his} stomach hurt. / "And I was so afraid!" said {hero}, and laughed.
? They had some warm milk together. / They had a bit of {treat} in the kitchen. / "Now I am wide awake," said {friend}.
Then they went back to bed. / Soon they were back in bed. / Back in bed, {hero} closed {his} eyes.
"Good night," said {hero} to the night. / And the noise was like a song now. {Hero} fell asleep. / Now {hero} was not afraid any more, and {he} slept until morning.
S: {hero} heard {noise} at night, but it was only {noise_by}.
Q: What did {hero} hear? | {Hero} heard {noise}.
+ [What was it|And what was it really|What was it really]? | It was only {noise_by}.
Q: What made the noise? | It was only {noise_by}.
Q: Who went with {hero}? | {Friend_plain} went with {hero}.
Q: Was it a monster? | No, it was only {noise_by}.

# saying_sorry | any | saying sorry; a fight; making up after a fight
{Hero} and {friend_plain} were best friends. / {Hero} had a best friend, {friend_plain}. / The best friend of {hero} was {friend_plain}.
One {sky_day} day, they both wanted the {colour} {thing}. / One {sky_day} {day}, they had a fight about a {colour} {thing}. / But one {sky_day} day, there was a {colour} {thing}, and both wanted to have it.
"It is mine!" said {hero}. / "I had it first!" cried {hero}. / "Give it to me!" said {hero}.
"No, mine!" said {friend}. / "You always take everything," said {friend}. / {Friend} held it tight. "No!" {fhe} said.
They pulled and shouted, and then they both went home. / They said mean words, and each went away. / "I do not want to play with you any more," said {hero}, and went home.
--
{Hero} sat alone. The {thing} was no fun alone. / At home, it was very quiet. / {Hero} tried to play, but it was boring.
"I miss {friend}," {he} thought. / {He} thought of all the good days with {friend}. / "I was mean," {he} thought.
? "Say sorry," said {his} mother. "It is a small word, but it is strong." / "Why do you not go to {friend}?" asked {his} mother. / {His} mother said, "A good friend is worth more than a {thing}."
{Hero} went out to find {friend}. / So {hero} put on {his} shoes and went to {friend}. / {Hero} took a deep breath and went to the house of {friend}.
--
On the way, {he} met {friend}, who was coming to {him}. / {Friend} stood at the door, as if {fhe} had waited. / {Friend} was sitting outside with a sad face.
"I am sorry," said {hero}. / "I am sorry that I was mean," said {hero}. / "Please forgive me," said {hero}. "I am sorry."
"I am sorry, too," said {friend}. / "Me, too," said {friend} in a soft voice. / "And I am sorry that I shouted," said {friend}.
They hugged each other. / They looked at each other and began to smile. / Then they both laughed.
"You can have the {thing} today, and I will have it tomorrow," said {hero}. / "We can take turns with the {thing}," said {friend}. / After that, they played with the {thing} together.
And they were friends again. / And the sun came out again. / From then on, they shared everything.
S: {hero} and {friend} had a fight about a {colour} {thing}, and then they said sorry.
Q: Who was the best friend of {hero}? | {Friend_plain} was the best friend of {hero}.
+ [Did they have a fight|And did they fight]? | Yes, they had a fight about a {colour} {thing}. Then they said sorry.
Q: What did they fight about? | They had a fight about a {colour} {thing}.
Q: Who said sorry first? | {Hero} said sorry first.
Q: What colour was the {thing}? | The {thing} was {colour}.

# lonely_robot | robot | a robot; a lonely robot; a robot called {hero}
Every day {he} {robot_job}. / All day long {he} {robot_job}. / From morning to night {he} {robot_job}.
? {He} was good at it. / {He} never made a mistake. / Beep, beep, {he} said to himself.
But {hero} was lonely. / But nobody ever talked to {hero}. / But {hero} had no friends.
"Everyone else has someone," {he} thought. / "I wish I had a friend," said {hero} in a tinny voice. / At night, {he} looked at the stars and felt alone.
--
One {sky_day} day, {he} heard someone cry. / One {sky_day} {day}, there was a small sound. / On a {sky_day} morning, {hero} heard a sad little voice.
It was a {friend_kind} called {friend}. / A {friend_kind} called {friend} sat on the ground. / There was a little {friend_kind}. "I am {friend}," {fhe} said.
"My {colour} {thing} is up in the tree," said {friend}. "I cannot reach it." / "My {colour} {thing} flew into the tree," said {friend}. / {Friend} pointed up. A {colour} {thing} was stuck in a tree.
"Do not cry," said {hero}. "I have long arms." / "I can help," said {hero}. "Look!" / "Let me try," said {hero}. Beep!
--
{He} made {his} arms longer and longer. / {His} metal arms went up, up, up. / With a whirr and a click, {his} arms grew long.
And there it was: the {colour} {thing}! / {He} took the {thing} from the tree and gave it to {friend}. / {He} picked the {thing} like an apple and gave it to {friend}.
"Thank you!" said {friend}. "You are the best robot in the world." / {Friend} laughed and hugged {his} cold metal leg. / "You are so kind," said {friend}. "Will you play with me?"
{Hero} felt something warm inside. / A little light began to glow in {his} chest. / {Hero} did not know what to say. Beep!
From then on, {friend} came every day. / After that, the two of them played every evening. / The next day, {friend} came back, and the next day, too.
And the robot was not lonely any more. / And {hero} was the happiest robot of all. / Now {hero} had what {he} had always wanted: a friend.
S: a lonely robot called {hero} helped {friend} and found a friend.
Q: What was in the tree? | A {colour} {thing} was in the tree.
Q: Who did the robot help? | The robot helped {friend}, a {friend_kind}.
+ [How|And how|What did it do]? | The robot took the {colour} {thing} from the tree.
Q: What was the name of the robot? | The robot was called {hero}.
Q: What did the robot do every day? | Every day {he} {robot_job}.

# little_cloud | cloud | a cloud; a little cloud; a lonely cloud
The other clouds were big and strong, but {hero} was small. / {Hero} was the smallest cloud of all. / All the others were bigger than {hero}.
"You are too small to make rain," they said. / "What can such a small cloud do?" asked the others. / The others laughed at {him}.
{Hero} was sad and floated away. / So {hero} floated off all alone. / {Hero} felt sad and went far away with the wind.
{His} only wish was {cloud_wish}. / {He} had one wish: {cloud_wish}. / More than anything, {he} wanted {cloud_wish}.
--
One hot day, {he} saw a little {flower} far below. / Then, on a hot day, {he} looked down and saw a small {flower}. / Far below, on a hot day, there was a {flower}.
It was dry and let its head hang. / It was so dry that it could not stand up. / It was thirsty, and the sun was strong.
"Help me," said the {flower} in a tiny voice. "I need water." / "Please, some water," the {flower} whispered. / "I am so thirsty," said the {flower}.
? The big clouds did not hear it. / None of the big clouds stopped. / The big clouds were too high up to see it.
"I am only small," said {hero}, "but I will try." / "I do not have much rain," said {hero}, "but you can have it all." / "Wait, I am coming!" called {hero}.
--
{He} went down, lower and lower. / {He} held {his} breath and squeezed as hard as {he} could. / {He} floated right over the {flower}.
Drip, drop, drip. A little rain fell. / Then a few soft drops fell, and then a few more. / Plip, plop! It began to rain, just a little.
It was just enough for one {flower}. / For the {flower}, it was just right. / It was not much, but it was enough.
The {flower} lifted its head and smiled. / Slowly, the {flower} stood up again. / The {flower} drank, and soon it was fresh and strong.
"Thank you, {hero}," it said. "You saved me." / "You are the best cloud in the sky," it said. / "Will you come back?" it asked. "You are my friend."
{Hero} was so happy that {he} turned {colour} in the evening sun. / {Hero} shone {colour} with joy in the evening light. / That evening, {hero} glowed {colour} with joy.
And so a small cloud did something big. / And {he} came back every hot day. / And nobody laughed at {hero} again.
S: a small cloud called {hero} gave its rain to a thirsty {flower}.
Q: What was the name of the cloud? | The cloud was called {hero}.
Q: Who was thirsty? | The {flower} was thirsty.
+ [Who helped it|And who helped it|Did it get water]? | The little cloud {hero} gave it some rain.
Q: What did the cloud give? | The cloud gave the {flower} some rain.
Q: What colour was the cloud in the evening? | The cloud was {colour} in the evening.

# lost_star | star | a star; a fallen star; a little star
One night, {hero} leaned down too far to see the Earth. / {Hero} loved to look down at the Earth. One night, {he} leaned too far. / Every night {hero} looked down, and one night {he} slipped.
And down {he} fell, down and down. / {He} fell out of the sky. / Whoosh! {He} fell through the dark.
{He} landed {hiding}. / Soft as a feather, {he} landed {hiding}. / There was a small bump, and then {he} lay {hiding}.
"Where am I?" asked {hero}. "I want to go home." / "Oh no," said {hero}. {His} light was weak. / {Hero} was cold and afraid, so far from the sky.
--
A {friend_kind} called {friend} saw the light. / Then a {friend_kind} called {friend} came by and saw something shine. / {Friend}, a {friend_kind}, was out late and saw a little light.
"A star!" {fhe} said. "What are you doing here?" / "Are you a star?" asked {friend}. / "How pretty you are," said {friend}. "But why are you so sad?"
"I fell down," said {hero}. "Can you help me get home?" / "I have lost my place in the sky," said {hero}. / "I miss the other stars," said {hero}.
{Friend} thought hard. / {Friend} thought and thought. / {Friend} looked up at the sky for a long time.
"I know!" {fhe} said. "We will use my {colour} kite." / "I have a {colour} kite," {fhe} said. "It can take you home." / "My {colour} kite flies very high," said {friend}. "Hold on to it!"
--
They climbed the highest hill. / Together they went up a high hill. / {Friend} carried {him} to the top of the hill.
The wind was strong, and the kite went up. / {Friend} ran, and the kite rose into the night. / Up went the kite, with {hero} on its tail.
Higher and higher it flew, until it touched the sky. / It flew over the trees and over the clouds. / It went up and up, until it was only a dot.
Then {hero} jumped and was home. / With a little jump, {hero} was back in {his} place. / And {hero} let go, and was in the sky again.
? The other stars were so glad. / The moon smiled. / All the stars began to sing.
Every night {hero} shines a little brighter over the house of {friend}. / Since then, {he} winks at {friend} every night. / And when {friend} looks up, one star always winks.
S: a star called {hero} fell from the sky, and {friend} brought {him} home with a {colour} kite.
Q: Who helped the star? | {Friend}, a {friend_kind}, helped the star.
+ [How|And how]? | {Friend} used a {colour} kite.
Q: How did the star get home? | The star went home with a {colour} kite.
Q: What was the name of the star? | The star was called {hero}.
Q: Where did the star land? | The star landed {hiding}.
Q: What colour was the kite? | The kite was {colour}.
"""
