"""What the generators of the corpus promise: results that are right, forms that the product knows, nothing of the battery."""

import json
import re
import unittest
from random import Random

import numpy

import held_out
from corpus.basic_facts import Facts
from corpus.small_talk import exchange
from corpus.sums import any_sum
from corpus.system_prompts import SystemPrompts
from corpus.thinking import thinking_document
from corpus.told import Told, told_document
from corpus.tool_calls import draw_tool, tool_document
from corpus.tool_tables import BATTERY_TOOLS, HELD_OUT_TOOLS
from corpus.unknowable import unknowable_exchange
from corpus.vocabulary import Labels, in_prompt
from corpus.word_stories import THINGS, TinyWords, word_story_exchange
from prepare import generated
from train import examples

RESULT = re.compile(r"(?<!\+ )\b(\d+) ([+-]) (\d+) = (\d+)")


class Generators(unittest.TestCase):
    def setUp(self) -> None:
        self.random = Random(5)

    def test_turns_are_not_empty_and_hold_no_blank_line_or_slot(self) -> None:
        facts = Facts(None)
        made = [lambda: facts.exchange(self.random), lambda: unknowable_exchange(self.random), lambda: any_sum(self.random)[::2], lambda: word_story_exchange(self.random)]
        for make in made:
            for _ in range(500):
                for text in make():
                    self.assertRegex(text, r"\S")
                    self.assertNotIn("\n\n", text)
                    self.assertNotRegex(text, r"\{\w|[\[\]|]", text)

    def test_sums_are_right(self) -> None:
        found = 0
        for _ in range(2000):
            one = any_sum(self.random)
            for x, sign, y, result in RESULT.findall(f"{one.thought} {one.answer}"):
                self.assertEqual(int(result), int(x) + int(y) if sign == "+" else int(x) - int(y), one)
                found += 1
        self.assertGreater(found, 1000)

    def test_what_was_told_is_in_the_answer(self) -> None:
        for _ in range(1000):
            fact = Told(self.random)
            message = fact.tell()
            self.assertIn(fact.value.lower(), message.lower())
            self.assertIn(fact.value.lower(), fact.ask()[1].lower())
            self.assertIn(fact.value.lower(), fact.thought().lower())

    def test_stories_have_their_words(self) -> None:
        for _ in range(500):
            words = self.random.sample(THINGS, 2)
            request, story = word_story_exchange(self.random, TinyWords([]), words)
            asked = [word for word in THINGS if re.search(rf"\b{word}\b", request, re.IGNORECASE)]
            self.assertGreaterEqual(sum(word in story.lower() for word in asked), 2, (request, story))
            self.assertGreaterEqual(story.count("."), 4)

    def test_calls_are_of_tools_that_are_there(self) -> None:
        calls = 0
        for _ in range(500):
            document = tool_document(self.random, lambda: exchange(self.random))
            system = document.split("\n\n")[0]
            for text in re.findall(r"```json\n(.*)\n```", document):
                call = json.loads(text)
                self.assertTrue(f'"name":"{call["name"]}"' in system or f"- {call['name']}(" in system, document)
                for name in call["arguments"]:
                    self.assertRegex(system, rf'"{name}":|\b{name}\??: ')
                calls += 1
        self.assertGreater(calls, 400)

    def test_no_tool_is_one_of_those_that_are_kept(self) -> None:
        kept = HELD_OUT_TOOLS | BATTERY_TOOLS
        self.assertFalse({draw_tool(self.random).name for _ in range(5000)} & kept)

    def test_only_the_last_answer_has_a_thought(self) -> None:
        for _ in range(300):
            documents = (
                thinking_document(self.random, [("Hi", "Hello."), ("2?", "It is 2.")], "Two.", share=0.5), told_document(self.random, lambda: exchange(self.random)),
                tool_document(self.random, lambda: exchange(self.random)), SystemPrompts(Facts(None), lambda: exchange(self.random)).document(self.random),
            )
            for document in documents:
                self.assertNotIn("<think>", document.rpartition("\n\nAssistant:")[0])


class HeldOut(unittest.TestCase):
    def test_nothing_of_the_battery_is_generated(self) -> None:
        made = generated(Random(11), {}, 0.01, None)
        items = held_out.read_items(held_out.BATTERY)
        self.assertEqual(len(items), 230)
        self.assertEqual(held_out.find(items, {name: source.documents for name, source in made.items()}), [])

    def test_finds_wordings_values_and_tools(self) -> None:
        items = [
            dict(id="facts-1", part="facts", turns=["Which color is snow?"], check=dict(kind="contains", any=["white"])),
            dict(id="memory-1", part="memory", turns=["My boat is called Zip.", "Hi", "And my boat?"], check=dict(kind="contains", any=["Zip"])),
        ]

        def found(*documents: str) -> list:
            return [(identity, what.split()[0]) for identity, what, _ in held_out.find(items, dict(generated_tools=list(documents)))]

        self.assertEqual(found("User: Which color is snow, please?\n\nAssistant: White."), [])
        self.assertEqual(found("User: which color is snow\n\nAssistant: White."), [("facts-1", "wording")])
        self.assertEqual(found("User: My boat is called Old Anna.\n\nAssistant: Nice."), [("memory-1", "wording")])
        self.assertEqual(found("User: Hi\n\nAssistant: Zip!"), [("memory-1", "value")])
        self.assertEqual(found('System: {"name":"spell"}\n\nUser: Hi\n\nAssistant: Hello.'), [("tools", "tool")])


class Prompts(unittest.TestCase):
    def test_nothing_is_asked_of_what_the_client_writes(self) -> None:
        window = numpy.array([9, 5, 6, 7, 8, 9, 5, 8, 0, 5, 6, 7], numpy.uint16)
        _, targets, _ = examples(window, 1, [numpy.array([5, 6, 7])])
        self.assertEqual(targets.tolist(), [5, -1, -1, 8, 9, 5, 8, 0, *targets[8:9].tolist(), -1, -1])

    def test_tells_what_users_and_systems_say_from_answers(self) -> None:
        user, answer, system = 1, 2, [3, 4]
        labels = Labels(numpy.array([user]), numpy.array([answer]), numpy.array(system))
        window = numpy.array([9, 0, 3, 4, 8, user, 7, answer, 6, 6, user, 7, 0, 3, 9, 0, user, 5], numpy.uint16)
        said = in_prompt(window, labels)
        self.assertEqual(numpy.flatnonzero(said).tolist(), [3, 4, 5, 6, 7, 11, 12, 17])
        _, targets, _ = examples(window, 1, (), said, 0.0)
        self.assertEqual([i for i in (3, 4, 6, 11, 17) if targets[i - 1] != -1], [])
        self.assertEqual(targets[7:10].tolist(), [6, 6, user])


if __name__ == "__main__":
    unittest.main()
