"""What holds for any answer: its status, a header, its form. ``context.exchange`` is the answer under judgement."""

from behave import then, when
from hamcrest import assert_that

from support.matchers import answered, has_header, is_docker_error


@when("a client asks for what does not exist")
def ask_for_what_does_not_exist(context):
    context.answers = [(int(row["status"]), context.run.put(row["method"], row["path"])) for row in context.table]


@then("the answer is {status:d}")
def the_answer_is(context, status):
    assert_that(context.exchange, answered(status))


@then('its header "{name}" is "{value}"')
def its_header_is(context, name, value):
    assert_that(context.exchange, has_header(name, value))


@then('each answer has its status and is a JSON object with a "message"')
def each_is_an_error(context):
    for status, answer in context.answers:
        assert_that(answer, is_docker_error(status))
