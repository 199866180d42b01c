"""
Tools for the generator of calls: name | what it does | parameters | requests.

A parameter is `name:kind`, where kind says how its value is drawn (see `tool_calls.draw_value`), with `?` behind the name if it
may be missing. In requests, `{name}` is the value as the user says it; a request that lacks a parameter leaves it out.
"""

#: Names in `tool_schemas.jsonl` that are kept for measuring: no generator makes them.
HELD_OUT_TOOLS = frozenset("""
get_forecast divide create_alarm make_call search_recipes find_hotel set_volume lock_door spell get_price take_photo get_score water_plants translate flip_coin draw_shape
""".split())

#: Further tools of the battery.
BATTERY_TOOLS = frozenset("""
feed_pet start_vacuum find_museum rent_bicycle park_car measure_room name_star weigh_parcel ring_bell hire_gardener count_sheep read_poem bake_bread
""".split())

TOOLS = """
get_weather | Get the current weather in a place. | location:town unit?:temperature_unit | [What is|How is|Tell me|What's] the weather [like |]in {location}? / [Is it|How] [warm|cold|raining|sunny] in {location} [now|today|]? / I am going to {location}. [What is the weather there?|Do I need an umbrella?] / [What is|Tell me] the weather in {location} in {unit}. / weather {location} / Can you check the weather [in|for] {location}? / [Will I be cold|Should I take a coat] in {location}? / How many degrees {unit} is it in {location}?
get_time | Get the time in a city. | city:town | What time is it in {city}? / [Tell me|What is] the [time|local time] in {city}[.|, please.|?] / How late is it in {city}? / What does the clock say in {city}? / I want to call a friend in {city}. What time is it there? / time in {city}
get_date | Get the date of today. | | What [day|date] is it today? / What is the date? / [Tell me|Give me] today's date[.|, please.] / Which day is today? / what's the date today
calculate | Work out a sum. | expression:sum | [What is|How much is|Calculate|Work out|Compute|Solve] {expression}? / Can you [work out|calculate] {expression}[ for me|]? / I need the result of {expression}. / {expression} = ? / Please do this sum: {expression}
add | Add two numbers. | first:number second:number | [Add|Please add] {first} and {second}. / What is {first} plus {second}? / [How much is|What do I get from] {first} and {second} together? / Put {first} and {second} together. / Sum up {first} and {second}.
subtract | Take the second number from the first. | first:number second:number | What is {first} minus {second}? / Take {second} from {first}. / How much is left of {first} without {second}? / [Subtract|Please subtract] {second} from {first}.
multiply | Multiply two numbers. | first:number second:number | What is {first} times {second}? / Multiply {first} by {second}. / How much is {first} multiplied by {second}?
convert_length | Convert a length. | value:number from_unit:length_unit to_unit:length_unit | [How many|What is] {to_unit} [are|is] {value} {from_unit}? / Convert {value} {from_unit} [to|into] {to_unit}. / Please turn {value} {from_unit} into {to_unit}. / I have {value} {from_unit}. How long is that in {to_unit}?
convert_temperature | Convert a temperature. | value:number to:temperature_unit | [Convert|Turn|Change] {value} degrees [to|into] {to}. / What is {value} degrees in {to}? / How much are {value} degrees in {to}?
convert_money | Change money from one currency into another. | amount:number from_currency:currency to_currency:currency | [How much|What] is {amount} {from_currency} in {to_currency}? / [Convert|Change] {amount} {from_currency} [to|into] {to_currency}. / I have {amount} {from_currency}. What is that in {to_currency}?
create_reminder | Make a reminder. | text:task time:time | Remind me to {text} at {time}. / [Please set|Set|Make|I need] a reminder to {text} at {time}. / At {time} I have to {text}. Please remind me. / Don't let me forget to {text} at {time}.
set_timer | Set a timer. | seconds:number | [Set|Start|Please set] a timer [for|of|to] {seconds} seconds. / Wake me in {seconds} seconds. / I need a timer of {seconds} seconds. / Count {seconds} seconds for me. / timer {seconds} seconds / Tell me when {seconds} seconds are over.
cancel_timer | Cancel the timer. | | [Cancel|Stop|Please cancel|Turn off] the timer. / I [do not|don't] need the timer any more. / Forget the timer. / No timer, please.
create_event | Put an event into the calendar. | title:event date:date time?:time | [Put|Write|Enter] {title} into my calendar [on|for] {date}. / I have {title} on {date} at {time}. [Put it in the calendar.|Please note it.] / [Add|Plan|Schedule] {title} on {date} at {time}. / Schedule {title} for {date}.
list_events | List the events of a day. | date:date | What [is|do I have] [on|in my calendar on] {date}? / [Show me|List|Tell me] [my events|my appointments|what I have to do] on {date}. / Am I free on {date}?
send_email | Send an email. | to:person subject:topic body:message | [Send|Write] an [email|e-mail] to {to} about {subject}[:| saying] {body} / Email {to} with the subject {subject}: {body} / Mail {to}, subject {subject}, text: {body}
send_message | Send a message to a friend. | name:person text:message | [Send|Write] [a message to|] {name}[:| saying] {text} / Tell {name}: {text} / [Message|Text] {name}: {text} / Let {name} know this: {text} / Please write to {name}: {text}
search_web | Search the web. | query:topic | [Search|Look] [the web|the internet|online] for {query}. / [Look up|Google|Find something about|Search for] {query}. / What can you find [on the web |online |]about {query}? / I want to read about {query}[ online|]. / search {query}
search_books | Find books in the library. | title:title author?:person | [Find|Look for|Search for|Is there] the book {title}[.|, please.] / Does the library have {title}? / I [am looking for|want to read] {title} by {author}. / Do you have the book {title} by {author}?
find_restaurant | Find a place to eat. | city:town food:food | [Find|I want|Look for] a place [to eat|for] {food} in {city}. / Where can I [eat|get|have] {food} in {city}? / I am in {city} and I [want|would like] {food}. / Is there a restaurant with {food} in {city}?
book_table | Book a table. | restaurant:title people:small time:time | [Book|Reserve|Get|I need] a table for {people} [people |]at {restaurant} at {time}. / We are {people} and want to eat at {restaurant} at {time}. [Book a table.|] / Table for {people}, {restaurant}, {time}, please.
find_flight | Find a flight. | origin:town destination:town date:date | [Find|I need|Look for|Book] a flight from {origin} to {destination} on {date}. / I want to fly from {origin} to {destination} on {date}. / Is there a plane from {origin} to {destination} on {date}? / Fly me to {destination} from {origin} on {date}.
get_directions | Find the way. | start:town end:town mode:travel | How do I get from {start} to {end} by {mode}? / [Show me|Tell me|Find] the way from {start} to {end} by {mode}. / I want to go by {mode} from {start} to {end}. [Which way?|]
play_music | Play music. | artist:person song?:title | [Play|Put on|I want to hear|Let me hear] [something|music|a song|] by {artist}. / Play {song} by {artist}. / I [like|love] {artist}. Play [something|music] by {artist}. / Some music by {artist}, please.
stop_music | Stop the music. | | [Stop|Turn off|End|Switch off] the music. / No more music[, please|]. / Please stop the song. / It is too loud, stop the music. / Quiet, please. No music.
turn_on | Switch a thing on. | device:device | [Turn|Switch] on the {device}. / [Turn|Switch] the {device} on[, please|]. / I need the {device}. Please [turn|switch] it on. / {device} on! / Can you [turn|switch] on the {device}? / The {device} should be on.
turn_off | Switch a thing off. | device:device | [Turn|Switch] off the {device}. / [Turn|Switch] the {device} off[, please|]. / I do not need the {device} any more, so switch it off. / {device} off! / Can you [turn|switch] off the {device}? / The {device} should be off.
set_temperature | Set the temperature of a room. | room:room celsius:degrees | [Set|Heat|Bring] the {room} to {celsius} degrees. / I want {celsius} degrees in the {room}. / Make it {celsius} degrees in the {room}. / It is too cold in the {room}. Set it to {celsius} degrees.
open_window | Open a window. | room:room | Open the window in the {room}. / Let some air into the {room}. / The {room} needs fresh air, open the window. / Can you open the {room} window?
dim_lights | Set the brightness of the lights. | room:room percent:percent | [Set|Dim|Turn] the [light|lights] in the {room} to {percent} percent. / I want {percent} percent light in the {room}. / Lights in the {room} to {percent} percent, please.
define | Get the meaning of a word. | word:word | What does [the word |]{word} mean? / What is the meaning of {word}? / [Define|Explain] [the word |]{word}. / I do not know the word {word}. What is it? / meaning of {word}
find_rhyme | Find words that rhyme. | word:word | What rhymes with {word}? / [Find|Give me|Tell me] [a rhyme|words that rhyme] [for|with|on] {word}. / I am writing a poem and need a rhyme for {word}. / Which words sound like {word}?
get_capital | Get the capital of a country. | country:country | What is the capital of {country}? / [Tell me|Find|Look up] the capital of {country}. / Which city is the capital of {country}?
get_animal_facts | Get facts about an animal. | animal:animal | Tell me [something|a fact|facts] about [the |]{animal}s. / What do you know about [the |]{animal}? / I want to learn about the {animal}. / How does a {animal} live? / Give me facts about the {animal}.
count_letters | Count the letters of a word. | word:word | How many letters [has|does] [the word |]{word}[ have|]? / Count the letters [of|in] {word}. / How long is the word {word}? / Number of letters in {word}?
random_number | Pick a number by chance. | low:small high:number | [Pick|Give me|Choose|Think of] a [random |]number [from|between] {low} [to|and] {high}. / I need a [random |]number between {low} and {high}. / Draw a number from {low} to {high}.
add_task | Add a task to the to-do list. | task:task | [Add|Put] "{task}" [to|on] my [list|to-do list|tasks]. / I have to {task}. Put it on my [list|to-do list]. / New task: {task} / Note down that I must {task}. / To do: {task}
complete_task | Mark a task as done. | task:task | I [managed to|did] {task}. [Mark it as done.|Check it off.] / [Mark|Check off] "{task}"[ as done|]. / "{task}" is done. / The task {task} is finished.
list_tasks | Show the to-do list. | | [Show|Read|Tell] me my [tasks|list|to-do list]. / What do I have to do? / What is on my [list|to-do list]? / Which tasks are left?
buy_items | Order things from the shop. | items:things express?:yes | [Buy|Order|Get|I need] {items}. / Please [order|buy] {items} [from the shop|for me]. / Put {items} into the basket. / We have no {items}. Order some[, please|].
track_package | Find out where a package is. | code:code | Where is my [package|parcel|order] {code}? / [Track|Follow|Check] [the |my |][package|parcel] {code}. / When will {code} arrive? / My package has the code {code}. Where is it?
remember | Keep a fact for later. | key:fact_key value:word | [Remember|Please keep|Note|Store] that {key} is {value}. / {key} is {value}. [Remember it.|Please keep that.|Don't forget it.] / Save this: {key} is {value}.
recall | Get back a fact that was kept. | key:fact_key | What was {key}[ again|]? / [Look up|Recall|Find] {key}. / I forgot {key}. / Do you have {key}[ stored|]?
get_news | Get the news. | topic:news_topic | [What is new in|What are the news on|Give me the news about|Show me news on] {topic}? / Read me the {topic} news. / Any news about {topic}?
start_robot | Send the robot to clean a room. | room:room | [Clean|Sweep] the {room}. / [Send|Start] the robot [in|to|into] the {room}. / The {room} is dirty. Send the robot. / Let the robot clean the {room}.
"""

#: Tools that are made up: an action on an object.
ACTIONS = {
    "open": "open", "close": "close", "start": "start", "stop": "stop", "clean": "clean", "check": "check", "move": "move", "wash": "wash", "fill": "fill", "empty": "empty",
    "repair": "repair", "test": "test", "heat": "heat", "cool": "cool", "lift": "lift", "lower": "lower", "charge": "charge", "reset": "reset", "unlock": "unlock", "paint": "paint",
    "light": "light", "order": "order", "rent": "rent", "sell": "sell", "hide": "hide", "show": "show", "find": "find", "count": "count", "dry": "dry", "load": "load",
}
OBJECTS = (
    "garage gate curtain oven fridge heater fan boat camera printer fountain sprinkler dishwasher elevator drone pool aquarium piano tent shelf desk roof cellar bridge engine battery pump "
    "kettle toaster freezer lamp radio tractor wagon truck ladder chimney mailbox stove washing_machine coffee_machine bathtub blinds door garden greenhouse kitchen barn stable tower"
).split()
ATTRIBUTES = {
    "price": "price", "age": "age", "height": "height", "color": "color", "size": "size", "weight": "weight", "address": "address", "owner": "owner", "status": "status", "rating": "rating",
    "length": "length", "phone_number": "phone number", "opening_hours": "opening hours", "population": "population", "name": "name", "speed": "speed", "temperature": "temperature",
}
SUBJECTS = (
    "book car house hotel flower mountain river company student product film ship village school bridge tree planet song game museum horse farm bank street lake island train shop garden teacher"
).split()
#: Other words for the parts of names and of parameters.
SYNONYMS = {
    "get": ("fetch", "read", "show", "look_up", "check"), "find": ("search", "look_for", "locate"), "create": ("make", "add", "new"), "send": ("write", "post"), "search": ("find", "look_up"),
    "set": ("change", "adjust", "put"), "list": ("show", "get", "read"), "turn": ("switch",), "add": ("append", "plus", "insert"), "book": ("reserve",), "play": ("start",), "buy": ("order", "purchase"),
    "convert": ("change", "transform"), "open": ("unlatch",), "stop": ("halt", "end"), "count": ("number_of",), "define": ("meaning_of", "explain"), "track": ("follow",),
    "location": ("place", "town", "where"), "city": ("town", "place", "location"), "text": ("message", "content"), "name": ("person", "who", "to"), "time": ("at", "when", "clock_time"), "date": ("day", "on"),
    "room": ("place", "area"), "device": ("thing", "appliance"), "query": ("text", "terms", "what"), "word": ("term", "text"), "title": ("name", "label"), "items": ("things", "products"), "seconds": ("duration", "length"),
    "first": ("a", "x", "left"), "second": ("b", "y", "right"), "task": ("item", "what", "text"), "code": ("number", "id"), "topic": ("subject", "about"), "key": ("label", "field"), "value": ("content", "amount"),
}
